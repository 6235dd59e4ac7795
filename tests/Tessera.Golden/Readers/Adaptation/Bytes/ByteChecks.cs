using System.Globalization;
using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>What readers of byte probabilities share.</summary>
internal static class ByteChecks
{
    /// <summary>The modes by the names of the files.</summary>
    public static IReadOnlyList<(string Name, ByteValidity Validity)> Modes { get; } = [("exact", ByteValidity.Exact), ("masked", ByteValidity.Masked), ("off", ByteValidity.Off)];

    /// <summary>Compares probabilities of bytes, an object from the byte's number to its probability.</summary>
    /// <param name="check">The check.</param>
    /// <param name="expected">The object.</param>
    /// <param name="next">The own distribution.</param>
    /// <param name="tolerance">How near.</param>
    /// <param name="complete">Whether bytes that are not listed are impossible.</param>
    public static void Next(GoldenCheck check, GoldenValue expected, ByteDistribution next, Tolerance tolerance, bool complete)
    {
        var listed = new HashSet<int>();
        foreach (var (key, probability) in expected.Properties)
        {
            var value = int.Parse(key, CultureInfo.InvariantCulture);
            listed.Add(value);
            check.Close(probability, Math.Exp(next[value]), tolerance);
        }

        if (!complete) return;
        var others = Enumerable.Range(0, 256).Where(b => !listed.Contains(b)).Sum(b => Math.Exp(next[b]));
        check.Close(expected.Path + " (bytes not listed)", 0, others, tolerance);
    }

    /// <summary>A list of numbers as bytes.</summary>
    public static byte[] Bytes(GoldenValue value) => [.. value.AsInts().Select(static b => checked((byte)b))];
}
