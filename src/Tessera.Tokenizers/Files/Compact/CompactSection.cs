namespace Tessera.Tokenizers.Files.Compact;

/// <summary>The parts of a compact file, by the numbers that stand in it. docs/compact-tokenizer.md describes each.</summary>
internal enum CompactSection
{
    /// <summary>UTF-8 JSON: every part of a tokenizer.json but vocabulary, merges and added tokens, and what tokenizer_config.json added.</summary>
    Settings = 1,

    /// <summary>Int32: id, switches, and the end of the content in <see cref="AddedText"/>, for each added token.</summary>
    AddedTokens = 2,

    /// <summary>UTF-8: the contents of the added tokens.</summary>
    AddedText = 3,

    /// <summary>Bytes: the tokens, one after the other; those of a BPE on bytes not in the byte alphabet.</summary>
    TokenBytes = 4,

    /// <summary>Int32: where each token starts, and where the last ends.</summary>
    TokenStarts = 5,

    /// <summary>Int32: the id of each token; missing where they are 0, 1, 2, …</summary>
    TokenIds = 6,

    /// <summary>Int32: places of tokens that no search finds, ascending; missing where there are none.</summary>
    TokenLiterals = 7,

    /// <summary>UInt32: the hash table of the tokens.</summary>
    TokenTable = 8,

    /// <summary>Int32: left, right, rank and result of each merge, in the order of left and right.</summary>
    Merges = 9,

    /// <summary>Int32: a character and its symbol, for characters that are no tokens but parts of some; missing where there are none.</summary>
    PseudoSymbols = 10,

    /// <summary>Float64: the scores of a Unigram.</summary>
    Scores = 11,

    /// <summary>Bytes: for each id of a Unigram 1 where text can become it; missing where text can become all.</summary>
    Searched = 12,

    /// <summary>UInt64: the key of the hashes in <see cref="TokenTable"/>.</summary>
    TokenSeed = 13,
}
