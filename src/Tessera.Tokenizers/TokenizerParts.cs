using Tessera.Tokenizers.Text.Decoders;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.PostProcessors;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers;

/// <summary>What a tokenizer is made of; filled by the readers of files and by trainers.</summary>
internal sealed record TokenizerParts
{
    private static readonly HashSet<string> s_noTexts = [];

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    public required TokenModel Model { get; init; }

    public PostProcessor? PostProcessor { get; init; }

    public Decoder? Decoder { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public SpecialTokens SpecialTokens { get; init; } = new();

    public TruncationOptions? Truncation { get; init; }

    public PaddingOptions? Padding { get; init; }

    /// <summary>Whether decoded text loses its blanks before English punctuation (<c>clean_up_tokenization_spaces</c>).</summary>
    public bool CleanUpSpaces { get; init; }

    /// <summary>Tokens that are control tokens without being matched in text; left out by decoding without specials.</summary>
    public IReadOnlyList<int> ControlIds { get; init; } = [];

    /// <summary>What the files leave open or contradict, and how it was read.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Contents of added tokens that are text where a text spells them out.</summary>
    public IReadOnlySet<string> TextOnly { get; init; } = s_noTexts;

    /// <summary>What the tokenizer is that tokenizer.json cannot express; null where <see cref="Json"/> can.</summary>
    public string? WhyNotJson { get; init; }

    /// <summary>The parts as tokenizer.json writes them, by key, where they came from one or can be written as one; null where they can't.</summary>
    public IReadOnlyDictionary<string, string>? Json { get; init; }
}
