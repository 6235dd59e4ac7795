using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Golden;

/// <summary>
/// Raw blocks of the ggml types: what they hold, what rows become, and dot products with rows in 8 bits. A case is known by what goes in:
/// a type with bytes, a type with rows, or weights with activations.
/// </summary>
internal sealed unsafe class BlockFormatReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Has("expected") && JobOf(@case) != Job.None;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        switch (JobOf(@case))
        {
            case Job.Dequantise: Dequantise(@case, check); break;
            case Job.Quantise: Quantise(@case, check); break;
            default: Dot(@case, check); break;
        }
    }

    private enum Job
    {
        None,
        Dequantise,
        Quantise,
        Dot,
    }

    private static Job JobOf(GoldenCase @case)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        if (input.Has("type") && input.Has("bytes") && expected.Has("values")) return Job.Dequantise;
        if (input.Has("type") && input.Has("rows") && expected.Has("bytes")) return Job.Quantise;
        return input.Has("weights") && input.Has("quantised_activations") && expected.Has("exact") ? Job.Dot : Job.None;
    }

    private static void Dequantise(GoldenCase @case, GoldenCheck check)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var format = Format(input["type"].AsString());
        if (input.Find("type_id") is { } id) check.Equal(id, (int)format);
        // F16 and BF16 are recorded in made-up blocks of 32; the size of a value is the same.
        var facts = BlockFormat.Of(format);
        if (input.Find("block_values") is { } values && input.Find("block_bytes") is { } bytes)
            check.Equal(bytes, BlockFormat.Of(format).ByteLengthOf([values.AsInt()]));
        var recorded = expected["values"].AsTensor();
        check.That(recorded.Length % facts.BlockLength == 0, "expected.values", $"whole blocks of {facts.BlockLength}", $"{recorded.Length} values");
        check.Tensor("expected.values", recorded, Widen(format, input["bytes"].AsTensor().ToBytes(), recorded.Length), Tolerance.Exact);
        expected.Find("agreed by")?.Waive("says who agrees with the reference");
    }

    private static void Quantise(GoldenCase @case, GoldenCheck check)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var name = input["type"].AsString();
        var format = Format(name);
        var (rows, recorded) = (input["rows"].AsTensor(), expected["bytes"].AsTensor());
        var values = rows.ToSingles();
        var own = new byte[BlockFormat.Of(format).ByteLengthOf([.. rows.Shape])];
        BlockFormat.Quantise(format, values, own);
        foreach (var remark in new[] { "reference", "gguf.quants_agrees" }) expected.Find(remark)?.Waive("the reference speaks of itself");

        var rule = @case.File.Root.Find("tolerance")?.Find("quantise")?.AsString() ?? "";
        var exact = rule.Split(';')[0].Split(' ', ',').Contains(name);
        if (exact || !expected.Has("rms_error_per_row")) check.That(SameRows(own, recorded, rows.Shape[0]), "expected.bytes", "the recorded bytes", "other bytes");
        if (expected.Find("rms_error_per_row") is not { } errors) return;
        var widened = Widen(format, own, values.Length);
        var length = values.Length / errors.Count;
        for (var row = 0; row < errors.Count; row++)
        {
            var squares = 0.0;
            for (var i = row * length; i < (row + 1) * length; i++) squares += Math.Pow((double)values[i] - widened[i], 2);
            var (error, allowed) = (Math.Sqrt(squares / length), 1.02 * errors[row].AsDouble()); // 1.02: the file's rule
            check.That(error <= allowed, errors[row].Path, $"an error of at most {allowed:R}", $"{error:R}");
        }
    }

    /// <summary>Equal row by row; a recorded row may be longer by zeros (gguf counts more bytes for a Q8_1 block than ggml writes).</summary>
    private static bool SameRows(byte[] own, GoldenTensor recorded, int rows)
    {
        var bytes = recorded.ToBytes();
        var (ownRow, recordedRow) = (own.Length / rows, bytes.Length / rows);
        for (var row = 0; row < rows; row++)
        {
            var known = bytes.AsSpan(row * recordedRow, recordedRow);
            if (recordedRow < ownRow || !known[..ownRow].SequenceEqual(own.AsSpan(row * ownRow, ownRow)) || known[ownRow..].ContainsAnyExcept((byte)0)) return false;
        }

        return true;
    }

    private static void Dot(GoldenCase @case, GoldenCheck check)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var names = @case.Name.Split(' '); // "dot Q4_0 x Q8_0"
        var activations = input["activations"].AsTensor();
        var (count, width) = (activations.Shape[0], activations.Shape[1]);
        var (weightRows, quantisedRows) = (input["weights"].AsTensor(), input["quantised_activations"].AsTensor());
        var weights = WidenRows(Format(names[1]), weightRows, width);
        var quantised = WidenRows(Format(names[3]), quantisedRows, width);
        var (exact, integer) = (expected["exact"].AsTensor(), expected["ggml"].AsTensor());
        var (exactTolerance, integerTolerance) = (@case.File.Tolerance("dot exact"), @case.File.Tolerance("dot ggml"));
        for (var i = 0; i < exact.Length; i++)
        {
            var (row, column) = (i / count, i % count);
            var weight = weights.AsSpan(row * width, width);
            var (dot, magnitude) = DotOf(weight, activations.Values.Slice(column * width, width));
            check.Close($"expected.exact[{row}, {column}]", exact.Values[i], dot, new Tolerance(exactTolerance * magnitude));
            (dot, magnitude) = DotOf(weight, quantised.AsSpan(column * width, width));
            if (names[3] == "Q8_1") dot += RoundedSums(weightRows.Slice(row, row + 1).ToBytes(), quantisedRows.Slice(column, column + 1).ToBytes(), width);
            check.Close($"expected.ggml[{row}, {column}]", integer.Values[i], dot, new Tolerance(integerTolerance * magnitude));
        }

        foreach (var remark in new[] { "meaning", "max_abs_error_ggml_vs_exact" }) expected.Find(remark)?.Waive("says how far the two references are apart");
    }

    private static (double Dot, double Magnitude) DotOf(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (dot, magnitude) = (0.0, 0.0);
        for (var k = 0; k < a.Length; k++) (dot, magnitude) = (dot + a[k] * b[k], magnitude + Math.Abs(a[k] * b[k]));
        return (dot, magnitude);
    }

    /// <summary>What a product with Q8_1 gains because ggml multiplies the minima of Q4_1 and Q5_1 with a block's stored sum, which is rounded to a half.</summary>
    private static double RoundedSums(byte[] weights, byte[] activations, int width)
    {
        var (blocks, difference) = (width / 32, 0.0);
        for (var block = 0; block < blocks; block++)
        {
            var minimum = (double)BitConverter.ToHalf(weights, block * (weights.Length / blocks) + 2);
            var eight = activations.AsSpan(block * 36, 36);
            var sum = 0;
            foreach (var code in eight[4..]) sum += (sbyte)code;
            difference += minimum * ((double)BitConverter.ToHalf(eight[2..]) - (double)BitConverter.ToHalf(eight) * sum);
        }

        return difference;
    }

    private static double[] WidenRows(TensorFormat format, GoldenTensor rows, int width)
    {
        var (bytes, rowBytes) = (rows.ToBytes(), (int)BlockFormat.Of(format).ByteLengthOf([width]));
        var stride = rows.Shape[1]; // longer than the row for Q8_1, see SameRows
        return [.. Enumerable.Range(0, rows.Shape[0]).SelectMany(row => Widen(format, bytes[(row * stride)..(row * stride + rowBytes)], width)).Select(static v => (double)v)];
    }

    private static float[] Widen(TensorFormat format, byte[] bytes, int count)
    {
        var values = new float[count];
        fixed (byte* source = bytes) BlockFormat.Dequantise(format, source, values);
        return values;
    }

    private static TensorFormat Format(string name) =>
        Enum.TryParse<TensorFormat>(name, out var format) && BlockFormat.IsKnown(format) ? format : throw new NotCoveredException($"{name} is no format of Tessera");
}
