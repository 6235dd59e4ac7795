using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>What is known of a text when it is scored: one entry a scored token, from one sweep over the logits, and what some detectors need besides.</summary>
public sealed record DetectionEvidence
{
    /// <summary>What the model says of each scored token, in order, at least one; the first token of a text without a begin-of-text token has no score.</summary>
    public required IReadOnlyList<TokenStatistics> Statistics
    {
        get;
        init => field = value is { Count: > 0 } ? value : throw new ArgumentException("A text has at least one scored token.", nameof(Statistics));
    }

    /// <summary>What two models say of each position together, the one behind the last token included; null without a second model.</summary>
    public TwoModelStatistics? TwoModels { get; init; }

    /// <summary>Bytes of the text compressed by zlib; null where not measured.</summary>
    public int? CompressedBytes { get; init; }

    /// <summary>Statistics of the text in lower case; null where not measured.</summary>
    public IReadOnlyList<TokenStatistics>? Lowercase { get; init; }

    /// <summary>Statistics of the text under a reference model, which need not share the tokenizer; null without one.</summary>
    public IReadOnlyList<TokenStatistics>? Reference { get; init; }

    /// <summary>How frequent tokens are in a reference corpus; null without one.</summary>
    public TokenFrequencyTable? Frequencies { get; init; }

    /// <summary>Statistics of altered versions of the text (neighbours, perturbations, regenerations), one entry a version; empty without any.</summary>
    public IReadOnlyList<IReadOnlyList<TokenStatistics>> Variants { get; init; } = [];
}
