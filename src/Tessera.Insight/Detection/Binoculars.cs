namespace Tessera.Insight.Detection;

/// <summary>
/// Binoculars: the text's log-perplexity under one model over the cross-entropy of two. What surprises one model no more than the other one's
/// own words would is machine text. The score is −log-perplexity / cross-entropy.
/// </summary>
[Method("binoculars", "Spotting LLMs With Binoculars: Zero-Shot Detection of Machine-Generated Text", "2401.12070", 2024, MethodStage.Insight)]
public sealed class Binoculars : ITextDetector
{
    private readonly bool _aligned, _median;
    private readonly int _padId;

    /// <summary>Creates the detector.</summary>
    /// <param name="aligned">Whether the cross-entropy is taken over the scored places only; the paper's code takes the one behind the last token in as well. Default false.</param>
    /// <param name="median">Whether medians take the place of means. Default false.</param>
    /// <param name="padId">A token that the paper's code takes for padding wherever it stands, so that the cross-entropy leaves the places behind it out; −1 for none. Default −1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="padId"/> is below −1.</exception>
    public Binoculars(bool aligned = false, bool median = false, int padId = -1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(padId, -1);
        (_aligned, _median, _padId) = (aligned, median, padId);
    }

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.TwoModels is { } two ? -LogPerplexity(two) / CrossEntropy(two) : null;
    }

    /// <summary>The performer's mean (or median) of −ln p over the scored tokens.</summary>
    /// <param name="two">What both models say.</param>
    public double LogPerplexity(TwoModelStatistics two)
    {
        ArgumentNullException.ThrowIfNull(two);
        return Middle([.. two.Performer.Select(static t => -t.LogProbability)]);
    }

    /// <summary>The mean (or median) over places of the observer's cross-entropy with the performer; NaN where no place counts.</summary>
    /// <param name="two">What both models say.</param>
    public double CrossEntropy(TwoModelStatistics two)
    {
        ArgumentNullException.ThrowIfNull(two);
        var places = two.Ids.Count - (_aligned ? 1 : 0);
        return Middle([.. Enumerable.Range(0, places).Where(i => _aligned || two.Ids[i] != _padId).Select(i => two.Cross[i].CrossEntropy)]);
    }

    private double Middle(double[] values)
    {
        if (values.Length == 0) return double.NaN;
        if (!_median) return values.Average();
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
