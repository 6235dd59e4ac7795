using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>Compares what stages left of a row with what a sampler case expects of it.</summary>
internal static class SamplerChecks
{
    /// <summary>Every key that sampler cases have under <c>expected</c>.</summary>
    public static void Row(GoldenCase @case, GoldenCheck check, float[] row, Candidates candidates)
    {
        var expected = @case.Expected;
        var numbers = Tolerance.AbsoluteOrRelative(@case.File.FindTolerance("logits") ?? @case.File.FindTolerance("kept_logits") ?? 2e-6);
        var probabilities = new Tolerance(@case.File.FindTolerance("kept_probabilities") ?? 2e-6, 2e-6);
        if (expected.Find("logits") is { } logits)
        {
            var full = new double[row.Length];
            Array.Fill(full, double.NegativeInfinity);
            for (var i = 0; i < candidates.Count; i++)
                full[candidates.Ids[i]] = candidates.Logits[i];
            check.Tensor(logits, (ReadOnlySpan<double>)full, numbers);
            if (expected.Find("changed") is { } changed)
                check.SameIds(changed, [.. Enumerable.Range(0, row.Length).Where(i => (float)full[i] != row[i])]);
        }

        if (expected.Find("kept") is not { } kept)
            return;
        var sorted = Kept(@case, check, kept, row, candidates); // where ties decide, values are compared in order of size
        var logNormaliser = candidates.LogNormaliser();
        double[] got = [.. candidates.Logits.ToArray().Select(static x => (double)x)];
        if (sorted)
            Array.Sort(got);
        if ((expected.Find("kept_logits") ?? expected.Find("logits_kept")) is { } keptLogits)
        {
            var wanted = InOrder(keptLogits, sorted);
            // Renormalised logits are log-probabilities; Tessera renormalises where it draws and reports.
            var shift = @case.Input.Find("generation_config")?.Find("renormalize_logits")?.AsBool() == true ? logNormaliser : 0;
            check.Tensor(keptLogits.Path, wanted, (ReadOnlySpan<double>)[.. got.Select(x => x - shift)], numbers);
        }

        if (expected.Find("kept_probabilities") is { } keptProbabilities)
            check.Tensor(keptProbabilities.Path, InOrder(keptProbabilities, sorted), (ReadOnlySpan<double>)[.. got.Select(x => Math.Exp(x - logNormaliser))], probabilities);
    }

    /// <summary>
    /// The ids, exactly; where float32 and float64 disagree either set is right; where equal logits lie on both sides of the cut, which of
    /// them stay is left to the reference's unstable sort (torch.sort, std::partial_sort), and only the number counts.
    /// </summary>
    private static bool Kept(GoldenCase @case, GoldenCheck check, GoldenValue kept, float[] row, Candidates candidates)
    {
        var wanted = kept.AsInts();
        var got = candidates.Ids.ToArray();
        var tied = (@case.Value.Find("ties") ?? @case.Expected.Find("ties"))?.AsBool() == true || CutThroughTies(row, wanted, got);
        if (tied && wanted.Length == got.Length)
            check.That(true, kept.Path, "as many ids", "as many ids");
        else if (@case.Value.Find("kept_float64") is { } other && got.SequenceEqual(other.AsInts()))
            check.That(true, kept.Path, "either set", "either set");
        else
            check.SameIds(kept, got);
        return tied;
    }

    /// <summary>Whether the two sets differ in ids of one logit only.</summary>
    private static bool CutThroughTies(float[] row, int[] wanted, int[] got)
    {
        var apart = wanted.Except(got).Concat(got.Except(wanted)).Select(id => row[id]).Distinct().Count();
        return wanted.Length == got.Length && apart == 1;
    }

    private static GoldenTensor InOrder(GoldenValue values, bool sorted)
    {
        var numbers = values.AsDoubles();
        if (sorted)
            Array.Sort(numbers);
        return GoldenTensor.FromNumbers(values.Path, [numbers.Length], [.. numbers]);
    }
}
