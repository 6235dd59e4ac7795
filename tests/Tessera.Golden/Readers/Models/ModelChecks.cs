using System.Globalization;
using System.Text.RegularExpressions;

namespace Tessera.Golden;

/// <summary>What the readers of model cases share: tolerances by the files' words, rows of padded batches, keys with numbers in them.</summary>
internal static partial class ModelChecks
{
    /// <summary>The tolerance of logits.</summary>
    public static Tolerance Logits(GoldenFile file) => new(file.Tolerance("logits"));

    /// <summary>The tolerance of hidden states.</summary>
    public static Tolerance Hidden(GoldenFile file) => new(file.Tolerance("hidden"));

    /// <summary>The tolerance of gradients: "a + b * max|g| of that tensor".</summary>
    public static Tolerance Gradients(GoldenFile file) =>
        file.ToleranceNumbers("gradients") is [var absolute, var ofLargest, ..] ? new Tolerance(absolute, RelativeToLargest: ofLargest) : throw new GoldenFormatException("tolerance.gradients", "two numbers expected");

    /// <summary>Rows of a tensor [batch, time, width] against rows that ran without padding.</summary>
    public static void Rows(GoldenCheck check, GoldenValue expected, ReadOnlySpan<float> actual, List<int> keptRows, Tolerance tolerance) =>
        Rows(check, expected.Path, expected.AsTensor(), actual, keptRows, tolerance);

    /// <summary>The same for a tensor that the reader took out of a file itself.</summary>
    public static void Rows(GoldenCheck check, string path, GoldenTensor tensor, ReadOnlySpan<float> actual, List<int> keptRows, Tolerance tolerance)
    {
        var width = actual.Length / Math.Max(1, keptRows.Count); // a row of one number has no axis of its own
        var wanted = new List<double>(keptRows.Count * width);
        foreach (var row in keptRows) wanted.AddRange(tensor.Values.Slice(row * width, width));
        check.Tensor(path, GoldenTensor.FromNumbers(tensor.Name, [keptRows.Count, width], wanted), actual, tolerance);
    }

    /// <summary>Marks the remarks of a reference about itself: prose, and how far it is from other runs of its own.</summary>
    public static void WaiveRemarks(GoldenValue expected)
    {
        foreach (var (key, value) in expected.Properties)
        {
            if (key is "reduction" or "keys" or "compare" or "note" || key.StartsWith("max_abs_difference", StringComparison.Ordinal) || key.StartsWith("llamacpp_", StringComparison.Ordinal))
                value.Waive("a remark of the reference about itself");
        }
    }

    /// <summary>The whole numbers in a text, in order.</summary>
    public static int[] NumbersIn(string text) => [.. WholeNumber().Matches(text).Select(static m => int.Parse(m.Value, CultureInfo.InvariantCulture))];

    /// <summary>The index of the largest value; the first of equal ones.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best]) best = i;
        }

        return best;
    }

    /// <summary>How far the largest value is above the second largest.</summary>
    public static float Margin(ReadOnlySpan<float> values)
    {
        var (first, second) = (float.NegativeInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            if (value > first) (first, second) = (value, first);
            else if (value > second) second = value;
        }

        return first - second;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex WholeNumber();
}
