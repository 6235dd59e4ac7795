namespace Tessera.Generation;

/// <summary>
/// Exclude Top Choices: now and then all tokens above a threshold but the least probable of them are removed, so that a text leaves the
/// beaten path where there is more than one good way on (p-e-w 2024, text-generation-webui pull request 6335). Whether it happens is
/// drawn from the position's own random number, apart from the draw of the token.
/// </summary>
public sealed class XtcSampler : LogitsStage
{
    private readonly double _probability;
    private readonly double _threshold;
    private readonly int _minKeep;
    private readonly int[] _exempt;

    /// <summary>Creates the stage.</summary>
    /// <param name="probability">How often it happens, in [0, 1].</param>
    /// <param name="threshold">Probability from which a token counts as a top choice, in [0, 1]; above 0.5 there are never two.</param>
    /// <param name="minKeep">It does not happen where fewer tokens would stay; at least 1.</param>
    /// <param name="exempt">Tokens that are never removed, such as the end of text or a newline; none if null.</param>
    public XtcSampler(double probability, double threshold = 0.1, int minKeep = 1, IEnumerable<int>? exempt = null)
    {
        _probability = Require.InRange(probability, 0, 1, "XtcProbability");
        _threshold = Require.InRange(threshold, 0, 1, "XtcThreshold");
        _minKeep = Require.AtLeast(minKeep, 1, "MinKeep");
        _exempt = [.. exempt ?? []];
        Array.Sort(_exempt);
    }

    /// <inheritdoc/>
    public override string Name => "xtc";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        if (_threshold > 0.5 || !(context.Random(RandomPurpose.Stage).Uniform() < _probability))
            return;
        var bound = candidates.BoundOfProbability(_threshold);
        var logits = candidates.Logits;
        var (tops, least) = (0, -1);
        for (var i = 0; i < logits.Length; i++)
        {
            if (logits[i] < bound)
                continue;
            tops++;
            if (least < 0 || logits[i] <= logits[least]) // of equals the one with the highest id counts as the least
                least = i;
        }

        if (tops < 2 || logits.Length - (tops - 1) < _minKeep)
            return;
        for (var i = 0; i < logits.Length; i++)
        {
            if (logits[i] >= bound && i != least && Array.BinarySearch(_exempt, candidates.Ids[i]) < 0)
                logits[i] = float.NegativeInfinity;
        }

        candidates.DropImpossible();
    }
}
