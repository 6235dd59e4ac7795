namespace Tessera.Generation;

/// <summary>
/// Steers the surprisal of the text towards a target: a bound μ, at first twice the target, cuts off improbable tokens and moves after
/// every token by the error of its surprisal (Basu et al. 2020, "Mirostat", arXiv 2007.14966). It takes the place of every other
/// truncation and must be the last stage. Keeps μ and how it came about, so that it can be rolled back.
/// </summary>
[Method("mirostat", "Mirostat: A Neural Text Decoding Algorithm that Directly Controls Perplexity", "2007.14966", 2020, MethodStage.Logits)]
public sealed class MirostatSampler : LogitsStage
{
    private readonly MirostatVersion _version;
    private readonly double _tau;
    private readonly double _eta;
    private readonly int _m;
    private readonly List<(int Position, double Mu)> _past; // μ before the token of each position
    private Candidates? _candidates;

    /// <summary>Creates the stage.</summary>
    /// <param name="version">Which form. Default the second, which is simpler and as good.</param>
    /// <param name="tau">Target surprisal in bits, above 0. Default 5.</param>
    /// <param name="eta">Rate at which the bound moves, above 0. Default 0.1.</param>
    /// <param name="m">Version 1: most probable tokens that the Zipf exponent is estimated from, at least 2. Default 100.</param>
    public MirostatSampler(MirostatVersion version = MirostatVersion.V2, double tau = 5, double eta = 0.1, int m = 100)
    {
        if (version is not (MirostatVersion.V1 or MirostatVersion.V2))
            throw new ArgumentOutOfRangeException(nameof(version), version, "Mirostat has the versions 1 and 2.");
        _version = version;
        _tau = Require.Positive(tau, "MirostatTau");
        _eta = Require.Positive(eta, "MirostatEta");
        _m = Require.AtLeast(m, 2, "MirostatM");
        _past = [];
        Mu = 2 * tau;
    }

    private MirostatSampler(MirostatSampler origin)
    {
        (_version, _tau, _eta, _m, Mu) = (origin._version, origin._tau, origin._eta, origin._m, origin.Mu);
        _past = [.. origin._past];
    }

    /// <inheritdoc/>
    public override string Name => "mirostat";

    /// <summary>The current bound on surprisal, in bits.</summary>
    public double Mu { get; private set; }

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        _candidates = candidates;
        if (_version == MirostatVersion.V1)
            candidates.KeepBest(CountForBound(candidates));
        else
            candidates.KeepAtLeast(candidates.BoundOfProbability(double.Exp2(-Mu)), minKeep: 1);
    }

    /// <inheritdoc/>
    public override void Accept(int token, in StageContext context)
    {
        _past.Add((context.Position, Mu));
        if (_candidates?.IndexOf(token) is { } index and >= 0)
            Mu -= _eta * (_candidates.Statistics(index).SurprisalBits - _tau);
    }

    /// <inheritdoc/>
    public override void Truncate(int length)
    {
        for (; _past.Count > 0 && _past[^1].Position >= length; _past.RemoveAt(_past.Count - 1))
            Mu = _past[^1].Mu;
    }

    /// <inheritdoc/>
    public override LogitsStage Fork() => new MirostatSampler(this);

    /// <summary>Version 1: the k for which top-k would have the surprisal μ, if the distribution were Zipf's with the estimated exponent s.</summary>
    private int CountForBound(Candidates candidates)
    {
        var best = candidates.Best(_m);
        var (sumTB, sumTT) = (0.0, 0.0);
        for (var i = 0; i < best.Length - 1; i++)
        {
            var t = Math.Log((i + 2.0) / (i + 1));
            sumTB += t * (candidates.Logits[best[i]] - candidates.Logits[best[i + 1]]); // ln p(i) − ln p(i + 1)
            sumTT += t * t;
        }

        if (sumTB == 0) // one candidate, or all of the best equal: nothing to estimate from
            return candidates.Count;
        var s = sumTB / sumTT;
        var epsilon = s - 1;
        var k = Math.Pow(epsilon * double.Exp2(Mu) / (1 - Math.Pow(candidates.VocabularySize, -epsilon)), 1 / s);
        return k < 1 ? 1 : k < candidates.Count ? (int)k : candidates.Count; // NaN (s = 1) keeps all
    }
}
