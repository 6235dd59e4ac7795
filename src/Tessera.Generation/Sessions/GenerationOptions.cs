namespace Tessera.Generation;

/// <summary>How an answer is generated: how tokens are chosen, when to stop, what to report.</summary>
public sealed record GenerationOptions
{
    /// <summary>How each token is chosen. Default: a draw from the model's own distribution, seed 0.</summary>
    public SamplingOptions Sampling { get; init => field = value ?? throw new ArgumentNullException(nameof(Sampling)); } = new();

    /// <summary>How tokens are found. Default <see cref="Strategy.Plain"/>: one pass for one token.</summary>
    public Strategy Strategy { get; init => field = value ?? throw new ArgumentNullException(nameof(Strategy)); } = Strategy.Plain;

    /// <summary>The most tokens to generate, at least 1, a stop token included; null, the default, for as many as the context holds.</summary>
    public int? MaxTokens { get; init => field = value is { } n ? Require.AtLeast(n, 1, nameof(MaxTokens)) : null; }

    /// <summary>Tokens that are generated before a stop id may come, at least 0. Default 0. Stop strings are not held off.</summary>
    public int MinTokens { get; init => field = Require.AtLeast(value, 0, nameof(MinTokens)); }

    /// <summary>Tokens that end the answer, as a rule the model's end-of-text tokens. Default none.</summary>
    public IReadOnlyList<int> StopIds { get; init => field = value ?? throw new ArgumentNullException(nameof(StopIds)); } = [];

    /// <summary>
    /// Strings that end the answer; they are compared as UTF-8 bytes, so that it does not matter how they are cut into tokens. The
    /// answer ends before the string. Default none; an empty string is an error.
    /// </summary>
    public IReadOnlyList<string> StopStrings
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(StopStrings));
            if (value.Any(string.IsNullOrEmpty))
                throw new ArgumentException("A stop string must not be empty.", nameof(StopStrings));
            field = value;
        }
    } = [];

    /// <summary>How many of the most probable tokens each step reports, raw and processed. Default 0.</summary>
    public int TopAlternatives { get; init => field = Require.AtLeast(value, 0, nameof(TopAlternatives)); }

    /// <summary>The caller's index of this sequence within its request: sequences with one seed draw different tokens by it. Default 0.</summary>
    public uint SequenceIndex { get; init; }

    /// <summary>Whether tokens that steer the conversation are spelt out in the text. Default false.</summary>
    public bool ShowControlTokens { get; init; }

    /// <summary>
    /// Bytes that the answer's text begins with: those by which the prompt's tokens reach beyond the prompt, where its end was cut anew (see
    /// <see cref="PromptRepair"/>). Default none.
    /// </summary>
    public ReadOnlyMemory<byte> Lead { get; init; }
}
