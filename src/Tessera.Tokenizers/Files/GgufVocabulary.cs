namespace Tessera.Tokenizers.Files;

/// <summary>
/// A vocabulary as a GGUF file stores it, under <c>tokenizer.ggml.*</c>. Plain data: whoever reads or writes the file fills or takes it.
/// </summary>
public sealed record GgufVocabulary
{
    /// <summary><c>model</c>: <c>gpt2</c> (byte-level BPE), <c>llama</c> (SentencePiece BPE), <c>bert</c> (WordPiece) or <c>t5</c> (Unigram).</summary>
    public required string Model { get; init; }

    /// <summary><c>pre</c>: the name of the splitting pattern of a byte-level BPE; null where the file has none.</summary>
    public string? Pre { get; init; }

    /// <summary><c>tokens</c>, by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary><c>scores</c>, by id; null or empty where the file has none.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary><c>token_type</c>, by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; null or empty for all normal.</summary>
    public IReadOnlyList<int>? TokenTypes { get; init; }

    /// <summary><c>merges</c>, in order, two parts with a blank between; null where the file has none.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary><c>bos_token_id</c>.</summary>
    public int? BosTokenId { get; init; }

    /// <summary><c>eos_token_id</c>.</summary>
    public int? EosTokenId { get; init; }

    /// <summary><c>eot_token_id</c>.</summary>
    public int? EotTokenId { get; init; }

    /// <summary><c>unknown_token_id</c>.</summary>
    public int? UnknownTokenId { get; init; }

    /// <summary><c>seperator_token_id</c> (so spelled).</summary>
    public int? SeparatorTokenId { get; init; }

    /// <summary><c>padding_token_id</c>.</summary>
    public int? PaddingTokenId { get; init; }

    /// <summary><c>cls_token_id</c>.</summary>
    public int? ClsTokenId { get; init; }

    /// <summary><c>mask_token_id</c>.</summary>
    public int? MaskTokenId { get; init; }

    /// <summary><c>add_bos_token</c>.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary><c>add_eos_token</c>.</summary>
    public bool? AddEosToken { get; init; }

    /// <summary><c>add_space_prefix</c>.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary><c>remove_extra_whitespaces</c>.</summary>
    public bool? RemoveExtraWhitespaces { get; init; }

    /// <summary><c>precompiled_charsmap</c>; null where the file has none.</summary>
    public IReadOnlyList<byte>? PrecompiledCharsmap { get; init; }
}
