using System.Text.Json;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Tests.Golden;

namespace Tessera.Tensors.Tests.Formats;

/// <summary>Blocks of every ggml type against the recorded output of ggml's C code and the gguf package (golden/models-tiny/ggml-blocks).</summary>
public sealed unsafe class GoldenBlocksTests
{
    private const string Folder = "models-tiny/ggml-blocks/";

    [Fact]
    public void BlocksWidenToTheRecordedNumbersBitForBit()
    {
        var tensors = GoldenFolder.Tensors(Folder + "golden.safetensors");
        foreach (var golden in Cases("dequantise "))
        {
            var input = golden.GetProperty("input");
            var format = Enum.Parse<TensorFormat>(input.GetProperty("type").GetString()!);
            ((int)format).ShouldBe(input.GetProperty("type_id").GetInt32());
            var expected = tensors.Floats(TensorName(golden.GetProperty("expected").GetProperty("values")));
            var actual = Widen(format, tensors.Bytes(TensorName(input.GetProperty("bytes"))), expected.Length);
            for (var i = 0; i < expected.Length; i++)
                SameNumber(actual[i], expected[i]).ShouldBeTrue($"{format}, value {i}: {actual[i]:R}, recorded {expected[i]:R}");
        }
    }

    [Fact]
    public void RowsQuantiseToTheRecordedBytesOrWithNoMoreError()
    {
        var tensors = GoldenFolder.Tensors(Folder + "golden.safetensors");
        foreach (var golden in Cases("quantise "))
        {
            var format = Enum.Parse<TensorFormat>(golden.GetProperty("input").GetProperty("type").GetString()!);
            var rows = tensors.Floats(TensorName(golden.GetProperty("input").GetProperty("rows")));
            var expected = golden.GetProperty("expected");
            var recorded = tensors.Bytes(TensorName(expected.GetProperty("bytes")));
            var actual = new byte[BlockFormat.Of(format).ByteLengthOf([rows.Length])];
            BlockFormat.Quantise(format, rows, actual);
            if (Searches(format)) HasNoMoreError(format, rows, actual, expected.GetProperty("rms_error_per_row"));
            else SameRows(actual, recorded, rows.Length / 512).ShouldBeTrue(format.ToString());
        }
    }

    [Fact]
    public void DotProductsOfWidenedRowsAreTheRecordedOnes()
    {
        var tensors = GoldenFolder.Tensors(Folder + "golden.safetensors");
        foreach (var golden in Cases("dot "))
        {
            var format = Enum.Parse<TensorFormat>(golden.GetProperty("name").GetString()!.Split(' ')[1]);
            var input = golden.GetProperty("input");
            var activations = tensors.Floats(TensorName(input.GetProperty("activations")));
            var exact = tensors.Floats(TensorName(golden.GetProperty("expected").GetProperty("exact")));
            var weights = Widen(format, tensors.Bytes(TensorName(input.GetProperty("weights"))), exact.Length / 4 * 512);
            for (var i = 0; i < exact.Length; i++)
            {
                var (dot, magnitude) = (0.0, 0.0);
                for (var k = 0; k < 512; k++)
                {
                    var product = (double)weights[i / 4 * 512 + k] * activations[i % 4 * 512 + k];
                    (dot, magnitude) = (dot + product, magnitude + Math.Abs(product));
                }

                Math.Abs(dot - exact[i]).ShouldBeLessThanOrEqualTo(1e-5 * magnitude, $"{format}, dot {i}"); // the file's tolerance
            }
        }
    }

    [Fact]
    public void CacheRowsQuantiseToTheRecordedBlocks()
    {
        foreach (var golden in GoldenFolder.Read("context/kv-quantisation.json").GetProperty("cases").EnumerateArray())
        {
            CheckCacheRows(golden, "key");
            CheckCacheRows(golden, "value");
        }
    }

    private static void CheckCacheRows(JsonElement golden, string side)
    {
        var format = Enum.Parse<TensorFormat>(golden.GetProperty("input").GetProperty(side + "_type").GetString()!);
        var values = Leaves(golden.GetProperty("input").GetProperty(side + "s")).Select(v => v.GetSingle()).ToArray();
        var expected = golden.GetProperty("expected");
        var recorded = Leaves(expected.GetProperty(side + "_blocks_hex")).SelectMany(v => Convert.FromHexString(v.GetString()!)).ToArray();
        var bytes = new byte[recorded.Length];
        BlockFormat.Quantise(format, values, bytes);
        bytes.ShouldBe(recorded, golden.GetProperty("name").GetString());
        Widen(format, bytes, values.Length).ShouldBe(Leaves(expected.GetProperty(side + "s")).Select(v => v.GetSingle()).ToArray());
    }

    private static IEnumerable<JsonElement> Leaves(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? element.EnumerateArray().SelectMany(Leaves)
        : [element];

    // The gguf package counts 40 bytes for a Q8_1 block, ggml 36: rows are recorded with zeros behind them.
    private static bool SameRows(byte[] actual, byte[] recorded, int rows)
    {
        var (actualRow, recordedRow) = (actual.Length / rows, recorded.Length / rows);
        return Enumerable.Range(0, rows).All(row =>
        {
            var known = recorded.AsSpan(row * recordedRow, recordedRow);
            return known[..actualRow].SequenceEqual(actual.AsSpan(row * actualRow, actualRow)) && !known[actualRow..].ContainsAnyExcept((byte)0);
        });
    }

    private static bool Searches(TensorFormat format) => format is TensorFormat.Q2_K or TensorFormat.Q3_K or TensorFormat.Q4_K or TensorFormat.Q5_K
        or TensorFormat.Q6_K or TensorFormat.IQ4_NL or TensorFormat.IQ4_XS;

    private static void HasNoMoreError(TensorFormat format, float[] rows, byte[] bytes, JsonElement recordedErrors)
    {
        var widened = Widen(format, bytes, rows.Length);
        var count = recordedErrors.GetArrayLength();
        var length = rows.Length / count;
        for (var row = 0; row < count; row++)
        {
            var squares = 0.0;
            for (var i = row * length; i < (row + 1) * length; i++) squares += Math.Pow((double)rows[i] - widened[i], 2);
            var error = Math.Sqrt(squares / length);
            TestContext.Current.TestOutputHelper?.WriteLine($"{format} row {row}: {error / recordedErrors[row].GetDouble():F4} of the reference's error");
            error.ShouldBeLessThanOrEqualTo(1.02 * recordedErrors[row].GetDouble(), $"{format}, row {row}"); // the file's tolerance
        }
    }

    private static float[] Widen(TensorFormat format, byte[] bytes, int count)
    {
        var values = new float[count];
        fixed (byte* source = bytes) BlockFormat.Dequantise(format, source, values);
        return values;
    }

    // The sign of a zero and the payload of a NaN do not matter.
    private static bool SameNumber(float a, float b) => a == b || float.IsNaN(a) && float.IsNaN(b);

    private static IEnumerable<JsonElement> Cases(string prefix) => GoldenFolder.Read(Folder + "golden.json").GetProperty("cases")
        .EnumerateArray().Where(c => c.GetProperty("name").GetString()!.StartsWith(prefix, StringComparison.Ordinal));

    private static string TensorName(JsonElement reference) => reference.GetProperty("tensor").GetString()!;
}
