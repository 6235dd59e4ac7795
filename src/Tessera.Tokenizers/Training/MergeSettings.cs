namespace Tessera.Tokenizers.Training;

/// <summary>The rules of a merge training.</summary>
internal sealed record MergeSettings
{
    /// <summary>The number of tokens wanted.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The least count of a pair that is merged.</summary>
    public long MinFrequency { get; init; }

    /// <summary>Merged tokens stay shorter than this many first symbols, those of two as they are.</summary>
    public int MaxTokenLength { get; init; } = int.MaxValue;

    /// <summary>Whether the first symbols are bytes of which a character's first alone counts, and tokens of two are bound as well.</summary>
    public bool CountsCharacters { get; init; }

    /// <summary>Tokens that come first.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Characters that are tokens whether they occur or not.</summary>
    public IReadOnlyList<int> InitialAlphabet { get; init; } = [];

    /// <summary>The most characters that become tokens; the rarest are dropped, and with them what they stand in.</summary>
    public int? LimitAlphabet { get; init; }

    /// <summary>Put before every character of a word but the first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Put behind the last character of a word.</summary>
    public string EndSuffix { get; init; } = "";

    /// <summary>
    /// SentencePiece's rules in place of Hugging Face's where set: only pairs whose text this admits are merged, a text becomes a token
    /// by one merge only, and of equally frequent pairs the shorter text comes first, then the smaller one by code points.
    /// </summary>
    public Func<string, bool>? IsPiece { get; init; }
}
