using Tessera.Models.Files;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Templates;

namespace Tessera.Generation;

/// <summary>
/// What a GGUF file's metadata says about text, apart from the tokenizer itself, under the keys <c>tokenizer.*</c> of the GGUF
/// specification. A key that is not there says nothing.
/// </summary>
internal static class GgufText
{
    private const string TemplateKey = "tokenizer.chat_template";

    // Names that templates use, and the keys under which GGUF has their ids.
    private static readonly (string Name, string Key)[] s_specials =
    [
        ("bos_token", "bos_token_id"), ("eos_token", "eos_token_id"), ("unk_token", "unknown_token_id"),
        ("sep_token", "seperator_token_id"), // GGUF's own spelling
        ("pad_token", "padding_token_id"), ("cls_token", "cls_token_id"), ("mask_token", "mask_token_id"),
    ];

    // End of text, of a turn, of a message that calls a tool.
    private static readonly string[] s_ends = ["eos_token_id", "eot_token_id", "eom_token_id"];

    /// <summary>Whether the file has a vocabulary.</summary>
    public static bool HasVocabulary(GgufMetadata metadata) => metadata.TryGet("tokenizer.ggml.tokens", out _);

    /// <summary>The vocabulary, as the tokenizer's reader takes it.</summary>
    public static GgufVocabulary Vocabulary(GgufMetadata metadata)
    {
        GgufValue? Find(string key) => metadata.TryGet("tokenizer.ggml." + key, out var value) ? value : null;
        return new GgufVocabulary
        {
            Model = metadata.String("tokenizer.ggml.model"),
            Pre = Find("pre")?.AsString(),
            Tokens = metadata["tokenizer.ggml.tokens"].AsStrings(),
            Scores = Find("scores")?.AsFloats(),
            TokenTypes = Find("token_type")?.AsInt32s(),
            Merges = Find("merges")?.AsStrings(),
            BosTokenId = Id(metadata, "bos_token_id"),
            EosTokenId = Id(metadata, "eos_token_id"),
            EotTokenId = Id(metadata, "eot_token_id"),
            UnknownTokenId = Id(metadata, "unknown_token_id"),
            SeparatorTokenId = Id(metadata, "seperator_token_id"), // GGUF's own spelling
            PaddingTokenId = Id(metadata, "padding_token_id"),
            ClsTokenId = Id(metadata, "cls_token_id"),
            MaskTokenId = Id(metadata, "mask_token_id"),
            AddBosToken = Find("add_bos_token")?.AsBool(),
            AddEosToken = Find("add_eos_token")?.AsBool(),
            AddSpacePrefix = Find("add_space_prefix")?.AsBool(),
            RemoveExtraWhitespaces = Find("remove_extra_whitespaces")?.AsBool(),
            PrecompiledCharsmap = Find("precompiled_charsmap") is { } map ? [.. map.AsInt32s().Select(b => (byte)b)] : null, // int8 or uint8
        };
    }

    /// <summary>The special tokens by the names that templates use.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <param name="path">The file, for error messages.</param>
    public static Dictionary<string, string> SpecialTokens(GgufMetadata metadata, string path)
    {
        var tokens = new Dictionary<string, string>();
        if (!HasVocabulary(metadata)) return tokens;
        var vocabulary = metadata["tokenizer.ggml.tokens"].AsStrings();
        foreach (var (name, key) in s_specials)
        {
            if (Id(metadata, key) is not { } id) continue;
            if (id >= vocabulary.Length)
                throw new MalformedInputException(path, $"tokenizer.ggml.{key}", $"token {id} is not among the {vocabulary.Length} of the vocabulary");
            tokens[name] = vocabulary[id];
        }

        return tokens;
    }

    /// <summary>The chat templates, or null.</summary>
    public static ChatTemplateSet? Templates(GgufMetadata metadata)
    {
        var texts = new Dictionary<string, string>();
        foreach (var key in metadata.Keys)
        {
            if (key == TemplateKey) texts[ChatTemplateSet.DefaultName] = metadata.String(key);
            else if (key.StartsWith(TemplateKey + ".", StringComparison.Ordinal)) texts[key[(TemplateKey.Length + 1)..]] = metadata.String(key);
        }

        return texts.Count == 0 ? null : new ChatTemplateSet(texts);
    }

    /// <summary>The ids that begin a text and end an answer, and the sampling that the publisher recommends under <c>general.sampling</c>.</summary>
    public static GenerationDefaults Defaults(GgufMetadata metadata) => new()
    {
        StopIds = [.. s_ends.Select(key => Id(metadata, key)).OfType<int>().Distinct()],
        BeginId = Id(metadata, "bos_token_id"),
        PadId = Id(metadata, "padding_token_id"),
        Sampling = Sampling(metadata),
    };

    // Greedy where the file recommends nothing.
    private static SamplingOptions Sampling(GgufMetadata metadata)
    {
        double? Number(string key) => metadata.TryGet("general.sampling." + key, out var value) ? value.AsDouble() : null;
        if (Number("temp") is not { } temperature) return SamplingOptions.Greedy;
        var none = new SamplingOptions();
        try
        {
            return new SamplingOptions
            {
                Temperature = temperature,
                TopK = (int)(Number("top_k") ?? none.TopK),
                TopP = Number("top_p") ?? none.TopP,
                MinP = Number("min_p") ?? none.MinP,
                RepetitionPenalty = Number("penalty_repeat") ?? none.RepetitionPenalty,
            };
        }
        catch (ArgumentException e)
        {
            throw new MalformedInputException("GGUF metadata", "general.sampling", e.Message, e);
        }
    }

    // −1, as an unsigned number too, means that there is none.
    private static int? Id(GgufMetadata metadata, string key) =>
        metadata.TryGet("tokenizer.ggml." + key, out var value) && value.AsInt64() is >= 0 and < int.MaxValue and var id ? (int)id : null;
}
