using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// Builds a tokenizer from a GGUF vocabulary: the same ids as llama.cpp, except that added tokens are found leftmost-longest as in the
/// original tokenizers, and NFC is applied where they apply it.
/// </summary>
internal sealed class GgufTokenizer
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    private readonly GgufVocabulary _source;
    private readonly string _file;
    private readonly string[] _tokens;
    private readonly int[] _types;
    private readonly InputLimits _limits;

    private GgufTokenizer(GgufVocabulary source, string file, InputLimits limits)
    {
        _source = source;
        _file = file;
        _limits = limits;
        if (source.Tokens.Count == 0) throw Wrong("tokens", "an empty vocabulary");
        if (source.Tokens.Count > limits.MaxVocabulary) throw new ResourceLimitException($"tokens of {file}", source.Tokens.Count, limits.MaxVocabulary);
        if (source.TokenTypes is { Count: > 0 } types && types.Count != source.Tokens.Count) throw Wrong("token_type", $"{types.Count} types for {source.Tokens.Count} tokens");
        if (source.Scores is { Count: > 0 } scores && scores.Count != source.Tokens.Count) throw Wrong("scores", $"{scores.Count} scores for {source.Tokens.Count} tokens");
        _tokens = [.. source.Tokens.Select(static (t, i) => t.Length == 0 ? $"[EMPTY_{i}]" : t)];
        _types = source.TokenTypes is { Count: > 0 } given ? [.. given] : [.. Enumerable.Repeat(Normal, _tokens.Length)];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < _tokens.Length; i++)
        {
            if (!seen.Add(_tokens[i])) throw Wrong($"tokens[{i}]", $"\"{_tokens[i]}\" stands there twice");
        }
    }

    /// <summary>Builds the tokenizer.</summary>
    public static Tokenizer Build(GgufVocabulary source, string file, InputLimits limits)
    {
        var builder = new GgufTokenizer(source, file, limits);
        return source.Model switch
        {
            "gpt2" => builder.ByteLevel(),
            "llama" => builder.SentencePiece(),
            "bert" => builder.Bert(),
            "t5" => builder.Unigram(),
            _ => throw new UnsupportedFeatureException(file, $"tokenizer.ggml.model \"{source.Model}\"", "Models are gpt2, llama, bert and t5."),
        };
    }

    private Tokenizer ByteLevel()
    {
        var name = _source.Pre is { Length: > 0 } pre ? pre : "default";
        var patterns = GgufPatterns.Find(name)
            ?? throw new UnsupportedFeatureException(_file, $"tokenizer.ggml.pre \"{name}\"", "Set pre to the name of a pattern that cuts alike, such as gpt-2, llama-bpe or qwen2, or to default.");
        var vocabulary = VocabularyOf(_tokens);
        // llama.cpp's defaults for a BPE without ids.
        var specials = Specials(bos: 11, eos: 11, unknown: null, padding: null);
        return Finish(
            patterns.Nfc ? """{"type":"NFC"}""" : ComponentJson.Null,
            ComponentJson.Splits(patterns.Patterns),
            FrameOf(specials, _source.AddBosToken ?? patterns.AddBos, _source.AddEosToken ?? false),
            ComponentJson.ByteLevelDecoder,
            onBytes => new BpeModel(vocabulary, Merges(vocabulary), new BpeOptions { IgnoreMerges = patterns.IgnoreMerges, OnBytes = onBytes }),
            specials);
    }

    private Tokenizer SentencePiece()
    {
        if (_source.Scores is not { Count: > 0 }) throw Wrong("scores", "a SentencePiece vocabulary without scores");
        var vocabulary = VocabularyOf(_tokens);
        var specials = Specials(bos: 1, eos: 2, unknown: 0, padding: null);
        var prefix = _source.AddSpacePrefix ?? true;
        var (merges, pseudo) = SentencePieceMerges.Of(vocabulary, _source.Scores, id => _types[id] is Normal or UserDefined, _limits);
        return Finish(
            prefix ? ComponentJson.Normalizers(ComponentJson.PrependMarker, ComponentJson.BlanksToMarkers) : ComponentJson.BlanksToMarkers,
            ComponentJson.Null,
            FrameOf(specials, _source.AddBosToken ?? true, _source.AddEosToken ?? false),
            ComponentJson.SentencePieceDecoder(prefix),
            _ => new BpeModel(vocabulary, merges, new BpeOptions { ByteFallback = true, FuseUnknown = true, UnknownToken = specials.Unknown is { } unknown ? _tokens[unknown] : null }, pseudo),
            specials);
    }

    private Tokenizer Bert()
    {
        // Words start with a marker here, where BERT's own vocabulary marks what does not start one; [CLS] and the like stand as they are.
        var tokens = _tokens.Select((t, i) => t.StartsWith('▁') && t.Length > 1 ? t[1..] : _types[i] == Normal && !(t[0] == '[' && t[^1] == ']') ? "##" + t : t).ToArray();
        var vocabulary = VocabularyOf(tokens);
        var specials = Specials(bos: null, eos: null, unknown: 100, padding: 0);
        specials = specials with
        {
            Classification = Checked(_source.ClsTokenId ?? _source.BosTokenId ?? 101, "cls_token_id"),
            Separator = Checked(_source.SeparatorTokenId ?? _source.EosTokenId ?? 102, "seperator_token_id"),
        };
        var (first, separator, unknownId) = (specials.Classification.Value, specials.Separator.Value, specials.Unknown!.Value);
        return Finish(
            ComponentJson.BertNormalizer,
            ComponentJson.BertPreTokenizer,
            _source.AddBosToken ?? true ? ComponentJson.BertFrame((tokens[first], first), (tokens[separator], separator)) : ComponentJson.Null,
            ComponentJson.WordPieceDecoder,
            _ => new WordPieceModel(vocabulary, tokens[unknownId], "##"u8.ToArray(), 100),
            specials,
            tokens);
    }

    private Tokenizer Unigram()
    {
        if (_source.Scores is not { Count: > 0 }) throw Wrong("scores", "a Unigram vocabulary without scores");
        if (_source.Scores.Any(static s => !float.IsFinite(s))) throw Wrong("scores", "a score that is not finite");
        var vocabulary = VocabularyOf(_tokens);
        var specials = Specials(bos: null, eos: 1, unknown: 2, padding: 0);
        var normalizers = new List<string>();
        if (_source.PrecompiledCharsmap is { Count: > 0 } map) normalizers.Add($$"""{"type":"Precompiled","precompiled_charsmap":"{{Convert.ToBase64String([.. map])}}"}""");
        if (_source.RemoveExtraWhitespaces ?? true)
        {
            normalizers.Add("""{"type":"Strip","strip_left":true,"strip_right":true}""");
            normalizers.Add("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""");
        }

        var space = _source.AddSpacePrefix ?? true ? ComponentJson.Metaspace : ComponentJson.MetaspaceNever;
        return Finish(
            ComponentJson.Normalizers(normalizers),
            space,
            FrameOf(specials, _source.AddBosToken ?? false, _source.AddEosToken ?? true),
            space,
            _ => new UnigramModel(vocabulary, [.. _source.Scores.Select(static s => (double)s)], specials.Unknown ?? -1, byteFallback: _types.Contains(Byte), [.. _types.Select(static t => t is Normal or UserDefined)]),
            specials);
    }

    private Tokenizer Finish(string normalizer, string preTokenizer, string postProcessor, string decoder, Func<bool, TokenModel> model, SpecialTokens specials, string[]? tokens = null)
    {
        tokens ??= _tokens;
        var json = $$"""{"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},"post_processor":{{postProcessor}},"decoder":{{decoder}}}""";
        var added = Enumerable.Range(0, tokens.Length).Where(i => _types[i] is Unknown or Control or UserDefined)
            .Select(i => new AddedToken(i, tokens[i]) { Special = _types[i] != UserDefined }).ToList();
        int? Find(string name) => Array.IndexOf(tokens, name) is >= 0 and var id ? id : null;
        return new Tokenizer(TokenizerJsonReader.Parts(JsonPart.Parse(json, _file), canRunOnBytes: true, model) with
        {
            AddedTokens = added,
            Warnings = _source is { Model: "gpt2", Pre: null or "" }
                ? [$"{_file} does not say how text is cut (tokenizer.ggml.pre): llama.cpp's default pattern is used, and ids may differ from those that the model was trained on."]
                : [],
            SpecialTokens = specials with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(specials, Find) },
        });
    }

    private string FrameOf(SpecialTokens specials, bool addBos, bool addEos)
    {
        (string, int)? Token(bool wanted, int? id) => wanted && id is { } number ? (_tokens[number], number) : null;
        var (before, behind) = (Token(addBos, specials.BeginOfSequence), Token(addEos, specials.EndOfSequence));
        return before is null && behind is null ? ComponentJson.Null : ComponentJson.Frame(before, behind);
    }

    private SpecialTokens Specials(int? bos, int? eos, int? unknown, int? padding)
    {
        // A default counts only where the vocabulary has such an id; what the file names must exist.
        int? Id(int? given, int? otherwise, string key) => given is { } id ? Checked(id, key) : otherwise < _tokens.Length ? otherwise : null;
        return new SpecialTokens
        {
            BeginOfSequence = Id(_source.BosTokenId, bos, "bos_token_id"),
            EndOfSequence = Id(_source.EosTokenId, eos, "eos_token_id"),
            EndOfTurn = Id(_source.EotTokenId, null, "eot_token_id"),
            Unknown = Id(_source.UnknownTokenId, unknown, "unknown_token_id"),
            Padding = Id(_source.PaddingTokenId, padding, "padding_token_id"),
            Separator = Id(_source.SeparatorTokenId, null, "seperator_token_id"),
            Classification = Id(_source.ClsTokenId, null, "cls_token_id"),
            Mask = Id(_source.MaskTokenId, null, "mask_token_id"),
        };
    }

    private int Checked(int id, string key) => id >= 0 && id < _tokens.Length ? id : throw Wrong(key, $"id {id} in a vocabulary of {_tokens.Length}");

    private Merge[] Merges(Vocabulary vocabulary)
    {
        if (_source.Merges is not { Count: > 0 } lines) throw Wrong("merges", "a BPE vocabulary without merges");
        if (lines.Count > _limits.MaxVocabulary) throw new ResourceLimitException($"merges of {_file}", lines.Count, _limits.MaxVocabulary);
        var merges = new Merge[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            // The blank is looked for from the second character on: a part may be a blank-like character itself.
            var blank = lines[i].Length < 3 ? -1 : lines[i].IndexOf(' ', 1);
            if (blank < 0 || blank == lines[i].Length - 1) throw Wrong($"merges[{i}]", "two parts with a blank between are expected");
            var (left, right) = (lines[i][..blank], lines[i][(blank + 1)..]);
            var (leftId, rightId, result) = (vocabulary.Find(left), vocabulary.Find(right), vocabulary.Find(left + right));
            if (leftId < 0 || rightId < 0 || result < 0) throw Wrong($"merges[{i}]", $"\"{left}\", \"{right}\" or what they join to is not among the tokens");
            merges[i] = new Merge(leftId, rightId, i, result);
        }

        return merges;
    }

    private static Vocabulary VocabularyOf(string[] tokens)
    {
        // A lone surrogate cannot come out of a file; from elsewhere it becomes U+FFFD.
        return Vocabulary.Of([.. tokens.Select(static (t, i) => (Encoding.UTF8.GetBytes(t), i))]);
    }

    private MalformedInputException Wrong(string key, string reason) => new(_file, "tokenizer.ggml." + key, reason);
}
