using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// Reads Hugging Face's tokenizer.json, version 1.0. Everything is checked before use; what this library does not know is refused by name.
/// </summary>
internal static class TokenizerJsonReader
{
    private static readonly string[] s_keys = ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"];

    /// <summary>Reads a file's text.</summary>
    public static Tokenizer Read(ReadOnlyMemory<byte> utf8, string file, TokenizerConfig? config, InputLimits limits)
    {
        var tree = TokenizerJsonTree.Of(JsonTree.Whole(utf8), file, limits);
        var root = new JsonPart(tree, JsonTree.Root);
        foreach (var name in root.Names)
        {
            if (Array.IndexOf(s_keys, name) < 0) throw root.Unsupported($"the key \"{name}\"");
        }

        if (root.String("version", "1.0") is not "1.0" and var version) throw root.Unsupported($"version \"{version}\"");
        var model = root.Required("model");
        var parts = Parts(root, ModelJson.CanRunOnBytes(model), out var onBytes) with { Model = ModelJson.Read(model, tree, onBytes) };
        parts = parts with { AddedTokens = AddedTokensJson.Read(root.Find("added_tokens"), parts.Model.Vocabulary, limits) };
        return new Tokenizer(config is null ? parts : WithConfig(parts, config));
    }

    /// <summary>Everything but the added tokens, with a model that is told whether pieces come as bytes.</summary>
    /// <param name="root">The object that holds the parts.</param>
    /// <param name="canRunOnBytes">Whether the model can work on bytes.</param>
    /// <param name="model">Makes the model.</param>
    public static TokenizerParts Parts(JsonPart root, bool canRunOnBytes, Func<bool, TokenModel> model)
    {
        var parts = Parts(root, canRunOnBytes, out var onBytes);
        return parts with { Model = model(onBytes) };
    }

    /// <summary>Everything but the added tokens and the model.</summary>
    /// <param name="root">The object that holds the parts.</param>
    /// <param name="canRunOnBytes">Whether the model can work on bytes.</param>
    /// <param name="onBytes">Whether pieces come as bytes.</param>
    public static TokenizerParts Parts(JsonPart root, bool canRunOnBytes, out bool onBytes)
    {
        var preTokenizer = PreTokenizerJson.Read(root.Find("pre_tokenizer"));
        onBytes = canRunOnBytes && TryOnBytes(ref preTokenizer);
        return new TokenizerParts
        {
            Normalizer = NormalizerJson.Read(root.Find("normalizer")),
            PreTokenizer = preTokenizer,
            Model = null!, // the caller's
            PostProcessor = PostProcessorJson.Read(root.Find("post_processor")),
            Decoder = DecoderJson.Read(root.Find("decoder")),
            Truncation = Truncation(root.Find("truncation")),
            Padding = Padding(root.Find("padding")),
            Json = Raw(root),
        };
    }

    private static Dictionary<string, string> Raw(JsonPart root)
    {
        var raw = new Dictionary<string, string>();
        foreach (var key in s_keys)
        {
            if (key is not ("version" or "added_tokens" or "model")) raw[key] = root.Find(key) is { IsNull: false } value ? value.Raw : ComponentJson.Null;
        }

        return raw;
    }

    /// <summary>Lets a pre-tokenizer that ends in the byte alphabet give bytes instead.</summary>
    internal static bool TryOnBytes(ref PreTokenizer? preTokenizer)
    {
        switch (preTokenizer)
        {
            case ByteLevelPreTokenizer byteLevel:
                preTokenizer = byteLevel.AsBytes();
                return true;
            case SequencePreTokenizer { Parts: [.., ByteLevelPreTokenizer last] } sequence:
                preTokenizer = new SequencePreTokenizer(WithLast(sequence.Parts, last.AsBytes()));
                return true;
            default:
                return false;
        }
    }

    private static PreTokenizer[] WithLast(IReadOnlyList<PreTokenizer> parts, PreTokenizer last)
    {
        var all = new PreTokenizer[parts.Count];
        for (var i = 0; i < all.Length - 1; i++) all[i] = parts[i];
        all[^1] = last;
        return all;
    }

    /// <summary>Adds what tokenizer_config.json knows: roles, and BOS and EOS where no post-processor puts them in.</summary>
    public static TokenizerParts WithConfig(TokenizerParts parts, TokenizerConfig config)
    {
        int? Id(string? token) => token is null ? null
            : parts.AddedTokens.LastOrDefault(t => t.Content == token)?.Id ?? (parts.Model.Vocabulary.Find(token) is >= 0 and var id ? id : null);

        var specials = new SpecialTokens
        {
            BeginOfSequence = Id(config.BosToken),
            EndOfSequence = Id(config.EosToken),
            Padding = Id(config.PadToken),
            Unknown = Id(config.UnkToken),
            Separator = Id(config.SepToken),
            Classification = Id(config.ClsToken),
            Mask = Id(config.MaskToken),
        };
        parts = parts with { CleanUpSpaces = config.CleanUpTokenizationSpaces, SpecialTokens = specials with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(specials, Id) } };
        var bos = config.AddBosToken == true ? specials.BeginOfSequence : null;
        var eos = config.AddEosToken == true ? specials.EndOfSequence : null;
        if (parts.PostProcessor is not null || bos is null && eos is null) return parts;
        return WithPostProcessor(parts, ComponentJson.Frame(bos is { } first ? (config.BosToken!, first) : null, eos is { } last ? (config.EosToken!, last) : null));
    }

    private static TokenizerParts WithPostProcessor(TokenizerParts parts, string json)
    {
        return parts with
        {
            PostProcessor = PostProcessorJson.Read(JsonPart.Parse(json, "tokenizer_config.json", "post_processor")),
            Json = parts.Json is null ? null : new Dictionary<string, string>(parts.Json) { ["post_processor"] = json },
        };
    }

    private static TruncationOptions? Truncation(JsonPart part)
    {
        if (part.IsNull) return null;
        return new TruncationOptions
        {
            MaxLength = part.Required("max_length").AsCount(),
            Stride = part.Required("stride").AsCount(),
            Left = Direction(part),
            Strategy = part.Required("strategy").AsString() switch
            {
                "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                var other => throw part.Wrong($"the strategy \"{other}\" is unknown"),
            },
        };
    }

    private static PaddingOptions? Padding(JsonPart part)
    {
        if (part.IsNull) return null;
        var strategy = part.Required("strategy");
        var isBatch = strategy.IsString;
        if (isBatch && strategy.AsString() != "BatchLongest") throw strategy.Wrong("neither \"BatchLongest\" nor {\"Fixed\": n}");
        return new PaddingOptions
        {
            Length = isBatch ? null : strategy.Required("Fixed").AsCount(),
            MultipleOf = part.Find("pad_to_multiple_of") is { IsNull: false } multiple ? multiple.AsCount() : null,
            Left = Direction(part),
            PadId = part.Required("pad_id").AsCount(),
            PadTypeId = part.Required("pad_type_id").AsCount(),
            PadToken = part.Required("pad_token").AsString(),
        };
    }

    private static bool Direction(JsonPart part) => part.String("direction", "Right") switch
    {
        "Right" => false,
        "Left" => true,
        var other => throw part.Wrong($"the direction \"{other}\" is neither Left nor Right"),
    };
}
