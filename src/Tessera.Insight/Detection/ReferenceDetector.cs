namespace Tessera.Insight.Detection;

/// <summary>How much more probable the text is to the model than to a reference model, which tells plain language from what was seen.</summary>
[Method("reference", "Extracting Training Data from Large Language Models", "2012.07805", 2020, MethodStage.Insight)]
public sealed class ReferenceDetector : ITextDetector
{
    private readonly bool _difference;

    /// <summary>Creates the detector.</summary>
    /// <param name="difference">
    /// Whether the score is the difference of the mean log-probabilities, as Min-K%++'s code has it; otherwise −NLL(model) / NLL(reference), as
    /// DC-PDD's. They rank differently. Default false.
    /// </param>
    public ReferenceDetector(bool difference = false) => _difference = difference;

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Reference is not { Count: > 0 } reference) return null;
        var (own, other) = (TokenMeans.LogProbability(evidence.Statistics), TokenMeans.LogProbability(reference));
        return _difference ? own - other : -(own / other);
    }
}
