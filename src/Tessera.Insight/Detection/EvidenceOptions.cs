using Tessera.Generation;

namespace Tessera.Insight.Detection;

/// <summary>What an <see cref="EvidenceCollector"/> gathers.</summary>
public sealed record EvidenceOptions
{
    /// <summary>The most tokens of a text that are scored, at least 2; longer texts are cut, never slid over. Default 1024, as the references do.</summary>
    public int MaxTokens
    {
        get;
        init => field = value >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(MaxTokens), value, "At least two tokens are needed to score one.");
    } = 1024;

    /// <summary>Whether the text in lower case is run as well, which doubles the work. Default false.</summary>
    public bool Lowercase { get; init; }

    /// <summary>How frequent tokens are in a reference corpus; null, the default, for none.</summary>
    public TokenFrequencyTable? Frequencies { get; init; }

    /// <summary>A second model: the reference, and the observer where it shares the tokenizer; null, the default, for none. Stays the caller's.</summary>
    public ModelPackage? SecondModel { get; init; }
}
