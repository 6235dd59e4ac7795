namespace Tessera.Tokenizers.Files;

/// <summary>What a tokenizer needs of <c>tokenizer_config.json</c>: special tokens by role, whether BOS and EOS are put in, the clean-up of blanks.</summary>
public sealed record TokenizerConfig
{
    /// <summary>Begin of sequence.</summary>
    public string? BosToken { get; init; }

    /// <summary>End of sequence.</summary>
    public string? EosToken { get; init; }

    /// <summary>Padding.</summary>
    public string? PadToken { get; init; }

    /// <summary>Unknown text.</summary>
    public string? UnkToken { get; init; }

    /// <summary>Separator.</summary>
    public string? SepToken { get; init; }

    /// <summary>Classification.</summary>
    public string? ClsToken { get; init; }

    /// <summary>Mask.</summary>
    public string? MaskToken { get; init; }

    /// <summary>Whether BOS is put in; null where the file does not say: then the post-processor rules.</summary>
    public bool? AddBosToken { get; init; }

    /// <summary>Whether EOS is put in; null where the file does not say: then the post-processor rules.</summary>
    public bool? AddEosToken { get; init; }

    /// <summary>Whether decoded text loses its blanks before English punctuation. Default false; some old files say true.</summary>
    public bool CleanUpTokenizationSpaces { get; init; }

    /// <summary>Reads a file's text.</summary>
    /// <param name="utf8">The JSON.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Bounds; null for the defaults.</param>
    /// <exception cref="MalformedInputException">It is not JSON, or a value is of the wrong kind.</exception>
    public static TokenizerConfig Parse(ReadOnlyMemory<byte> utf8, string name = "tokenizer_config.json", InputLimits? limits = null)
    {
        var root = JsonPart.Parse(JsonTree.Whole(utf8), name, limits);
        return new TokenizerConfig
        {
            BosToken = Token(root, "bos_token"),
            EosToken = Token(root, "eos_token"),
            PadToken = Token(root, "pad_token"),
            UnkToken = Token(root, "unk_token"),
            SepToken = Token(root, "sep_token"),
            ClsToken = Token(root, "cls_token"),
            MaskToken = Token(root, "mask_token"),
            AddBosToken = Flag(root, "add_bos_token"),
            AddEosToken = Flag(root, "add_eos_token"),
            CleanUpTokenizationSpaces = root.Bool("clean_up_tokenization_spaces", false),
        };
    }

    private static bool? Flag(JsonPart root, string key) => root.Find(key) is { IsNull: false } value ? value.AsBool() : null;

    /// <summary>A token, written as text or as an object with content.</summary>
    private static string? Token(JsonPart root, string key)
    {
        var value = root.Find(key);
        if (value.IsNull) return null;
        return value.IsObject ? value.Required("content").AsString() : value.AsString();
    }
}
