using System.Globalization;
using System.Numerics;
using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>K-sequential selection: its plan, its residual, and the optimum that it is measured against.</summary>
internal sealed class KSequentialReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "spectr" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "kseq";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (draft, target) = (@case.Input["p_draft"].AsDoubles(), @case.Input["q_target"].AsDoubles());
        var tolerance = new Tolerance(@case.File.FindTolerance("rho, beta, p_accept, residual") ?? 1e-6);
        foreach (var (key, value) in @case.Expected.Properties) // "k=2"
        {
            var drafts = int.Parse(key.AsSpan(2), CultureInfo.InvariantCulture);
            var plan = KSequentialPlan.Create(draft, target, drafts);
            check.Close(value["rho"], plan.Rho, tolerance);
            check.Close(value["beta"], plan.Beta, tolerance);
            check.Close(value["p_accept"], plan.Acceptance, tolerance);
            check.Close(value["optimum_p_accept"], Optimum(draft, target, drafts), tolerance);
            var nothing = 1 - plan.Acceptance < 1e-9;
            check.That(value["residual"].IsNull == nothing, value["residual"].Path, "a residual where anything is left", "the other way");
            if (nothing || value["residual"].IsNull) continue;
            var residual = new double[target.Length];
            plan.Residual(draft, target, residual);
            check.Tensor(value["residual"], (ReadOnlySpan<double>)residual, tolerance);
        }
    }

    // The transport problem's optimum by its smallest cut: over all sets of tokens, q of the set and the drafts that do not lie within it.
    private static double Optimum(double[] draft, double[] target, int drafts)
    {
        if (draft.Length > 20) throw new NotCoveredException("The optimum is enumerated over sets of at most 20 tokens.");
        var best = 1.0;
        for (var set = 0u; set < 1u << draft.Length; set++)
        {
            var (p, q) = (0.0, 0.0);
            for (var rest = set; rest != 0; rest &= rest - 1)
            {
                p += draft[BitOperations.TrailingZeroCount(rest)];
                q += target[BitOperations.TrailingZeroCount(rest)];
            }

            best = Math.Min(best, q + 1 - Math.Pow(p, drafts));
        }

        return best;
    }
}
