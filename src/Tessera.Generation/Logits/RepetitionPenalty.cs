namespace Tessera.Generation;

/// <summary>
/// Makes tokens that have occurred less likely: a positive logit is divided by the penalty, another multiplied by it, once per distinct
/// token. From CTRL (Keskar et al. 2019, arXiv 1909.05858), in the form of Hugging Face and llama.cpp. Depends on where zero lies, so
/// that it is not invariant under a shift of the logits.
/// </summary>
public sealed class RepetitionPenalty : LogitsStage
{
    private readonly double _penalty;
    private readonly PenaltyWindow _window;

    /// <summary>Creates the stage.</summary>
    /// <param name="penalty">Above 0; 1 changes nothing, more discourages, less encourages.</param>
    /// <param name="window">Which tokens count.</param>
    public RepetitionPenalty(double penalty, PenaltyWindow window)
    {
        Require.Positive(penalty, "RepetitionPenalty");
        _penalty = penalty;
        _window = window;
    }

    /// <inheritdoc/>
    public override string Name => "repetition penalty";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var window = _window.Of(context);
        var counts = candidates.Counts(window);
        foreach (var id in window)
        {
            if ((uint)id >= (uint)counts.Length || counts[id] == 0)
                continue;
            counts[id] = 0; // once per distinct token, and the counts are clear again at the end
            var i = candidates.IndexOf(id);
            if (i < 0)
                continue;
            double logit = candidates.Logits[i];
            candidates.Set(i, logit > 0 ? logit / _penalty : logit * _penalty);
        }
    }
}
