namespace Tessera.Tokenizers.Domain;

/// <summary>What a tokenizer for a domain is trained to; the defaults are KL3M's (arXiv 2503.17247).</summary>
public sealed record DomainTrainerOptions
{
    /// <summary>The number of tokens: special, hand-picked and learnt ones together, before it is filled up. Default 65,536.</summary>
    public int VocabularySize { get; init; } = 65_536;

    /// <summary>The special tokens; they get the first ids. Default KL3M's 13.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } =
    [
        "<|start|>", "<|end|>", "<|pad|>", "<|unk|>", "<|sep|>", "<|cls|>", "<|mask|>", "<|system|>", "</|system|>", "<|user|>", "</|user|>", "<|instruction|>", "</|instruction|>",
    ];

    /// <summary>Which groups of hand-picked tokens it gets. Default none.</summary>
    public CustomTokenGroups Groups { get; init; }

    /// <summary>Own hand-picked tokens. Default none.</summary>
    public IReadOnlyList<string> Terms { get; init; } = [];

    /// <summary>Whether hand-picked tokens match only where no word goes on around them. Default false: anywhere, also within words.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether all text becomes small letters. Default false.</summary>
    public bool Lowercase { get; init; }

    /// <summary>How often a pair has to occur to be merged. Default 10.</summary>
    public long MinFrequency { get; init; } = 10;

    /// <summary>The most characters of a learnt token, inclusive; 3 or 4 for the paper's tokenizers of characters. Null (default) for no bound.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>Whether <see cref="MaxTokenLength"/> counts bytes, as the paper's program does: a letter of two bytes twice. Default false.</summary>
    public bool LengthInBytes { get; init; }

    /// <summary>Whether the vocabulary is filled up to a power of two. Default true.</summary>
    public bool Pad { get; init; } = true;

    /// <summary>Whether it is filled with runs of blanks and line ends, as the paper's program does, and not with reserved names. Default false.</summary>
    public bool PadWithWhitespace { get; init; }

    /// <summary>How many threads count words; null (default) for all cores. The result does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Characters that are tokens whether they occur or not, where these are not all bytes.</summary>
    internal IReadOnlyList<string>? InitialAlphabet { get; init; }
}
