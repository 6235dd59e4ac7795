namespace Tessera.Generation;

/// <summary>
/// OpenAI's frequency and presence penalties: from the logit of a token that occurs n times, n · frequency and, for n above 0, presence
/// are taken off.
/// </summary>
public sealed class FrequencyPenalty : LogitsStage
{
    private readonly double _frequency;
    private readonly double _presence;
    private readonly PenaltyWindow _window;

    /// <summary>Creates the stage.</summary>
    /// <param name="frequency">Taken off for every occurrence; negative encourages. OpenAI allows −2 to 2.</param>
    /// <param name="presence">Taken off once for a token that occurs; negative encourages. OpenAI allows −2 to 2.</param>
    /// <param name="window">Which tokens count.</param>
    public FrequencyPenalty(double frequency, double presence, PenaltyWindow window)
    {
        Require.Finite(frequency, "FrequencyPenalty");
        Require.Finite(presence, "PresencePenalty");
        _frequency = frequency;
        _presence = presence;
        _window = window;
    }

    /// <inheritdoc/>
    public override string Name => "frequency penalty";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var window = _window.Of(context);
        var counts = candidates.Counts(window);
        foreach (var id in window)
        {
            if ((uint)id >= (uint)counts.Length || counts[id] == 0)
                continue;
            var i = candidates.IndexOf(id);
            if (i >= 0)
                candidates.Set(i, candidates.Logits[i] - counts[id] * _frequency - _presence);
            counts[id] = 0;
        }
    }
}
