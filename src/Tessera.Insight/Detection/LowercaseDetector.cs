namespace Tessera.Insight.Detection;

/// <summary>
/// How much less probable the text becomes in lower case: who learnt a text by heart knows its capitals. Each version is cut into tokens of
/// its own.
/// </summary>
[Method("lowercase", "Extracting Training Data from Large Language Models", "2012.07805", 2020, MethodStage.Insight)]
public sealed class LowercaseDetector : ITextDetector
{
    private readonly bool _inverse;

    /// <summary>Creates the detector.</summary>
    /// <param name="inverse">
    /// Whether the score is NLL(lower) / NLL(text), as Min-K%++'s code has it; otherwise −NLL(text) / NLL(lower), as DC-PDD's. Both rank alike.
    /// NLL is the mean of −ln p. Default false.
    /// </param>
    public LowercaseDetector(bool inverse = false) => _inverse = inverse;

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Lowercase is not { Count: > 0 } lower) return null;
        var (text, lowered) = (TokenMeans.LogProbability(evidence.Statistics), TokenMeans.LogProbability(lower));
        return _inverse ? lowered / text : -(text / lowered);
    }
}
