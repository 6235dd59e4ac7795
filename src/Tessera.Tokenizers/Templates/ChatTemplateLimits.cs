namespace Tessera.Tokenizers.Templates;

/// <summary>
/// What one rendering of a chat template may use up. Templates come from files of strangers, so every loop, every text and every
/// level of nesting is bounded; exceeding a bound is a <see cref="ResourceLimitException"/>.
/// </summary>
public sealed record ChatTemplateLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static ChatTemplateLimits Default { get; } = new();

    /// <summary>Longest template, in UTF-16 units. Default 1 Mi; published templates stay below 50 kB.</summary>
    public int MaxTemplateLength { get; init; } = 1 << 20;

    /// <summary>Deepest nesting of blocks and expressions, and of macro calls and recursive loops while rendering. Default 64.</summary>
    public int MaxDepth { get; init; } = InputLimits.Default.MaxDepth;

    /// <summary>Loop iterations and calls of one rendering. Default 1,000,000.</summary>
    public int MaxSteps { get; init; } = 1_000_000;

    /// <summary>Longest text that a rendering may build, output included, in UTF-16 units. Default 16 Mi.</summary>
    public int MaxOutputLength { get; init; } = 16 << 20;

    /// <summary>
    /// Characters looked at or copied over one rendering; a list element counts as 64, a statement as 16. Default 2²⁷, about a second at
    /// worst (a prompt of a million characters takes some 2²⁴): steps alone would let a million iterations copy the longest text each time.
    /// </summary>
    public long MaxWork { get; init; } = 1L << 27;
}
