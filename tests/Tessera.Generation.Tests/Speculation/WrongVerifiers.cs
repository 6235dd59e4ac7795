namespace Tessera.Generation.Tests.Speculation;

/// <summary>Verifiers of three children at one node, each with one published or easily made mistake.</summary>
internal static class WrongVerifiers
{
    public delegate int Verifier(double[] target, double[] draft, int[] children, Func<double> uniform);

    /// <summary>By what is wrong; with whether the children are drawn with replacement.</summary>
    public static Dictionary<string, (Verifier Verify, bool Replacement)> All { get; } = new()
    {
        ["a second draw after a mismatch"] = ((q, _, children, u) =>
        {
            foreach (var child in children)
            {
                if (DraftVerification.Draw(q, u()) == child) return child; // each path tested with a draw of its own
            }

            return DraftVerification.Draw(q, u());
        }, true),
        ["a residual that is not normalised"] = ((q, d, children, u) => Reject(q, d, children, u, normalise: false), false),
        ["one number for test and residual"] = ((q, d, children, u) => Reject(q, d, children, u, sameNumber: true), false),
        ["a rejected token that keeps its draft probability"] = ((q, d, children, u) => Reject(q, d, children, u, zero: false), false),
        ["a residual of the target alone"] = ((q, d, children, u) => Reject(q, d, children, u, residual: false), false),
        ["a test against the target itself"] = ((q, d, children, u) => Reject(q, d, children, u, ratio: false), false),
        ["likely tokens only"] = ((q, d, children, u) => Reject(q, d, [.. children.Where(c => d[c] > .2)], u), false), // pruned by its own token
        ["ρ of one draft for three"] = ((q, d, children, u) =>
        {
            foreach (var child in children)
            {
                if (u() < Math.Min(1, q[child] / d[child])) return child;
            }

            return Residual(q, d, u());
        }, true),
    };

    private static int Reject(
        double[] target, double[] draft, int[] children, Func<double> uniform,
        bool normalise = true, bool sameNumber = false, bool zero = true, bool residual = true, bool ratio = true)
    {
        var (r, d) = ((double[])target.Clone(), (double[])draft.Clone());
        var u = 0.0;
        foreach (var child in children)
        {
            u = uniform();
            if (u < (ratio ? r[child] / d[child] : r[child])) return child;
            if (residual)
            {
                for (var i = 0; i < r.Length; i++) r[i] = Math.Max(0, r[i] - d[i]);
                if (normalise) Scale(r);
            }

            if (zero) d[child] = 0;
            Scale(d);
        }

        return r.Sum() > 0 ? DraftVerification.Draw(r, sameNumber ? u : uniform()) : 0;
    }

    private static int Residual(double[] target, double[] draft, double uniform)
    {
        var r = target.Zip(draft, (q, d) => Math.Max(0, q - d)).ToArray();
        Scale(r);
        return DraftVerification.Draw(r, uniform);
    }

    private static void Scale(double[] row)
    {
        var sum = row.Sum();
        for (var i = 0; i < row.Length && sum > 0; i++) row[i] /= sum;
    }
}
