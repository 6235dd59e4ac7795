using System.Runtime.Intrinsics;

namespace Tessera.Models.Attention;

/// <summary>How the parts of a row, each of 1,024 visible keys with a maximum of its own, become one result: in order, by chains.</summary>
internal static unsafe class AttentionMerge
{
    /// <summary>The factor of a part whose maximum is not the row's: e^(maximum - row maximum); 1 for the one that has it.</summary>
    internal static float Weight(float maximum, float rowMaximum) => maximum == rowMaximum ? 1f : StripMath.Exp(maximum - rowMaximum);

    /// <summary>total += weight · sums.</summary>
    internal static void Add(float* total, float* sums, int width, float weight)
    {
        var w = Vector512.Create(weight);
        for (var c = 0; c < width; c += 16) Vector512.FusedMultiplyAdd(w, Vector512.Load(sums + c), Vector512.Load(total + c)).Store(total + c);
    }

    /// <summary>Writes a row of one head: total / divisor, or zeros where the row saw nothing.</summary>
    internal static void Finish(in AttentionInputs inputs, int row, int head, int valueSize, float* total, float maximum, float divisor)
    {
        var output = new Span<float>(inputs.Output + ((long)row * inputs.Heads + head) * valueSize, valueSize);
        if (divisor == 0) output.Clear();
        else for (var c = 0; c < valueSize; c++) output[c] = total[c] / divisor;
        if (inputs.LogSumExp is not null) inputs.LogSumExp[(long)row * inputs.Heads + head] = maximum + MathF.Log(divisor);
    }

    /// <summary>Merges the parts of one query, [maximum, sum, 14 unused, sums of width floats] each, <paramref name="partStride"/> floats apart.</summary>
    internal static void Merge(in AttentionInputs inputs, int row, int head, int valueSize, int width, float* parts, int count, long partStride, float* total)
    {
        var maximum = float.NegativeInfinity;
        for (var p = 0; p < count; p++) maximum = MathF.Max(maximum, parts[p * partStride]);
        new Span<float>(total, width).Clear();
        var divisor = 0f;
        for (var p = 0; p < count; p++)
        {
            var part = parts + p * partStride;
            var weight = Weight(part[0], maximum);
            Add(total, part + 16, width, weight);
            divisor = MathF.FusedMultiplyAdd(weight, part[1], divisor);
        }

        Finish(inputs, row, head, valueSize, total, maximum, divisor);
    }
}
