using Tessera.Models;

namespace Tessera.Golden;

/// <summary>The per-token statistics of cases that store their logits: row i predicts token i + 1. Scores made of them have readers of their own.</summary>
internal sealed class TokenStatisticsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind is "logits" or "statsOnly" && @case.Has("input") && @case.Input.Has("scoreLogits") && @case.Has("expected") && @case.Expected.Has("perToken");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var ids = @case.Input["ids"].AsInts();
        var table = @case.Input["scoreLogits"].AsTensor();
        var width = table.Shape[^1];
        var values = table.Values.ToArray();
        var all = new TokenStatistics[ids.Length - 1];
        var reached = new int[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            float[] row = [.. values.AsSpan(i * width, width).ToArray().Select(static x => (float)x)];
            all[i] = TokenStatistics.Compute(row, ids[i + 1], default, i + 1);

            // The other end of a tie: the rank that the target would have if ties went against it.
            row[ids[i + 1]] = MathF.BitDecrement(row[ids[i + 1]]);
            reached[i] = TokenStatistics.Compute(row, ids[i + 1]).Rank;
        }

        var expected = @case.Expected["perToken"];
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance("tables.perToken"));
        void Numbers(string key, Func<TokenStatistics, double> number) =>
            check.Tensor(expected[key], (ReadOnlySpan<double>)Array.ConvertAll(all, s => number(s)), tolerance);
        Numbers("logprob", static s => s.LogProbability);
        Numbers("entropy", static s => s.Entropy);
        Numbers("variance", static s => s.Varentropy);
        Numbers("maxLogprob", static s => s.MaxLogProbability);
        Numbers("topPMass", static s => s.TopPMass);
        check.SameIds(expected["rank"], Array.ConvertAll(all, static s => s.Rank));
        check.SameIds(expected["tiesOrHigher"], reached);
    }
}
