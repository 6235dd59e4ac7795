namespace Tessera.Insight.Detection;

/// <summary>
/// A score of a text from what language models say of its tokens. Higher always means yes to the detector's question; where the line lies has
/// to be found on texts whose answer is known. Immutable and thread-safe.
/// </summary>
public interface ITextDetector
{
    /// <summary>What the score answers.</summary>
    DetectionQuestion Question { get; }

    /// <summary>Scores a text.</summary>
    /// <param name="evidence">What is known of the text, at least one scored token.</param>
    /// <returns>The score; null where the evidence lacks what the detector needs (a second model, frequencies, other versions of the text).</returns>
    double? Score(DetectionEvidence evidence);
}
