using System.Globalization;
using System.Text.Json;

namespace Tessera.Golden;

/// <summary>
/// What a reader compares with: marks what was compared as read, counts the numbers, and collects what differs instead of stopping at the
/// first difference. Knows nothing of models or methods.
/// </summary>
public sealed class GoldenCheck
{
    // A wrong method fails in thousands of places; the first ones tell.
    private const int MostFailures = 20;

    private readonly List<GoldenFailure> _failures = [];

    /// <summary>What differs, the first of them.</summary>
    public IReadOnlyList<GoldenFailure> Failures => _failures;

    /// <summary>How many comparisons failed.</summary>
    public int FailureCount { get; private set; }

    /// <summary>How many comparisons were made; a case without any has not been checked.</summary>
    public int Comparisons { get; private set; }

    /// <summary>How many numbers were compared.</summary>
    public long Numbers { get; private set; }

    /// <summary>The largest difference seen as a share of its tolerance (above 1: a failure): how near the run came.</summary>
    public double LargestShareOfTolerance { get; private set; }

    /// <summary>A string, exactly.</summary>
    public void Equal(GoldenValue expected, string? actual)
    {
        Comparisons++;
        var text = expected.IsNull ? null : expected.AsString();
        if (!string.Equals(text, actual, StringComparison.Ordinal)) Fail(expected.Path, Show(text), Show(actual));
    }

    /// <summary>A truth value, exactly.</summary>
    public void Equal(GoldenValue expected, bool actual)
    {
        Comparisons++;
        Numbers++;
        if (expected.AsBool() != actual) Fail(expected.Path, actual ? "false" : "true", actual ? "true" : "false");
    }

    /// <summary>A whole number, exactly.</summary>
    public void Equal(GoldenValue expected, long actual)
    {
        Comparisons++;
        Numbers++;
        if (expected.AsLong() != actual) Fail(expected.Path, Show(expected.AsLong()), Show(actual));
    }

    /// <summary>A list of whole numbers (ids, slots, positions), exactly and in order.</summary>
    public void SameIds(GoldenValue expected, ReadOnlySpan<int> actual)
    {
        Comparisons++;
        var ids = expected.AsInts();
        Numbers += ids.Length;
        var common = actual.CommonPrefixLength(ids);
        if (common != ids.Length || common != actual.Length)
            Fail($"{expected.Path}[{common}]", $"{Window(ids, common)} ({ids.Length} in all)", $"{Window(actual.ToArray(), common)} ({actual.Length} in all)");
    }

    /// <summary>A list of strings, exactly and in order.</summary>
    public void SameStrings(GoldenValue expected, IReadOnlyList<string?> actual)
    {
        Comparisons++;
        var strings = expected.AsStrings();
        Numbers += strings.Length;
        var common = 0;
        while (common < strings.Length && common < actual.Count && string.Equals(strings[common], actual[common], StringComparison.Ordinal)) common++;
        if (common != strings.Length || common != actual.Count)
            Fail($"{expected.Path}[{common}]", $"{Show(strings.ElementAtOrDefault(common))} ({strings.Length} in all)", $"{Show(actual.ElementAtOrDefault(common))} ({actual.Count} in all)");
    }

    /// <summary>A number.</summary>
    public void Close(GoldenValue expected, double actual, Tolerance tolerance)
    {
        Comparisons++;
        Numbers++;
        var wanted = expected.AsDouble();
        if (!IsClose(wanted, actual, tolerance, Math.Abs(wanted))) Fail(expected.Path, Show(wanted), Show(actual), tolerance);
    }

    /// <summary>A number that the reader took out of the case itself.</summary>
    public void Close(string path, double expected, double actual, Tolerance tolerance)
    {
        Comparisons++;
        Numbers++;
        if (!IsClose(expected, actual, tolerance, Math.Abs(expected))) Fail(path, Show(expected), Show(actual), tolerance);
    }

    /// <summary>A tensor (a reference, a key, or nested lists) of any shape with as many values as the actual ones, row-major.</summary>
    public void Tensor(GoldenValue expected, ReadOnlySpan<float> actual, Tolerance tolerance) => Tensor(expected.Path, expected.AsTensor(), actual, tolerance);

    /// <summary>A tensor in double precision.</summary>
    public void Tensor(GoldenValue expected, ReadOnlySpan<double> actual, Tolerance tolerance) => Tensor(expected.Path, expected.AsTensor(), actual, tolerance);

    /// <summary>A tensor that the reader took out of the case itself.</summary>
    public void Tensor(string path, GoldenTensor expected, ReadOnlySpan<float> actual, Tolerance tolerance)
    {
        var wide = new double[actual.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = actual[i];
        Tensor(path, expected, wide, tolerance);
    }

    /// <summary>A tensor that the reader took out of the case itself, in double precision. One failure names the worst place and how many are wrong.</summary>
    public void Tensor(string path, GoldenTensor expected, ReadOnlySpan<double> actual, Tolerance tolerance)
    {
        Comparisons++;
        Numbers += expected.Length;
        if (expected.Length != actual.Length)
        {
            Fail(path, $"{expected.Length} values [{string.Join(", ", expected.Shape)}]", $"{actual.Length} values");
            return;
        }

        var values = expected.Values;
        var largest = 0.0;
        foreach (var value in values)
        {
            if (double.IsFinite(value)) largest = Math.Max(largest, Math.Abs(value));
        }

        var (wrong, worst, worstDifference) = (0, -1, double.NegativeInfinity);
        for (var i = 0; i < values.Length; i++)
        {
            if (IsClose(values[i], actual[i], tolerance, largest)) continue;
            wrong++;
            var difference = Math.Abs(values[i] - actual[i]);
            if (double.IsNaN(difference)) difference = double.PositiveInfinity;
            if (difference > worstDifference) (worst, worstDifference) = (i, difference);
        }

        if (wrong > 0)
            Fail($"{path}[{Place(worst, expected.Shape)}]", Show(values[worst]), $"{Show(actual[worst])} ({wrong:N0} of {values.Length:N0} are off, this one most)", tolerance);
    }

    /// <summary>Something that has to hold by itself (an invariant, a bound).</summary>
    public void That(bool holds, string path, string expected, string got)
    {
        Comparisons++;
        if (!holds) Fail(path, expected, got);
    }

    /// <summary>Runs something that must be refused with one of Tessera's typed exceptions, and returns it (null where it was not refused).</summary>
    /// <param name="path">Where in the case that stands.</param>
    /// <param name="what">What is wrong with the input, for the report.</param>
    /// <param name="attempt">What must fail.</param>
    public TesseraException? Refused(string path, string what, Action attempt)
    {
        Comparisons++;
        try
        {
            attempt();
            Fail(path, $"refused: {what}", "accepted");
        }
        catch (TesseraException refusal)
        {
            return refusal;
        }
        catch (Exception other) when (other is not OperationCanceledException)
        {
            Fail(path, $"a typed refusal: {what}", $"{other.GetType().Name}: {other.Message}");
        }

        return null;
    }

    /// <summary>Records a difference that the reader found itself.</summary>
    public void Fail(string path, string expected, string got, Tolerance tolerance = default)
    {
        FailureCount++;
        if (_failures.Count < MostFailures) _failures.Add(new GoldenFailure(path, expected, got, tolerance.ToString()));
    }

    private bool IsClose(double expected, double actual, Tolerance tolerance, double largest)
    {
        if (double.IsNaN(expected)) return double.IsNaN(actual);
        if (double.IsInfinity(expected)) return expected.Equals(actual);
        var difference = Math.Abs(actual - expected);
        var allowed = tolerance.Allowed(expected, largest);
        if (allowed > 0 && difference / allowed > LargestShareOfTolerance) LargestShareOfTolerance = difference / allowed;
        return difference <= allowed; // false for NaN
    }

    private static string Place(int index, IReadOnlyList<int> shape)
    {
        var places = new string[shape.Count];
        for (var axis = shape.Count - 1; axis >= 0; axis--)
        {
            places[axis] = (index % shape[axis]).ToString(CultureInfo.InvariantCulture);
            index /= shape[axis];
        }

        return string.Join(", ", places);
    }

    private static string Window(int[] ids, int around)
    {
        var from = Math.Max(0, around - 2);
        var to = Math.Min(ids.Length, around + 6);
        return from >= to ? "the end" : $"{(from > 0 ? "… " : "")}{string.Join(" ", ids[from..to])}{(to < ids.Length ? " …" : "")}";
    }

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Show(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Show(string? value) => value is null ? "null" : Shorten(JsonSerializer.Serialize(value));

    private static string Shorten(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
