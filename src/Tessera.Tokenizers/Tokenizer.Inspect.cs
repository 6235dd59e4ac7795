using System.Text.Json;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers;

/// <content>What the tokenizer is made of.</content>
public sealed partial class Tokenizer
{
    // A charsmap or a pattern of a thousand characters is nothing to read.
    private const int MostShown = 100;

    /// <summary>What a token is.</summary>
    /// <param name="id">Any id.</param>
    public TokenKind KindOf(int id)
    {
        if (IdToToken(id) is not { } token) return TokenKind.None;
        if (id == UnknownId) return TokenKind.Unknown;
        if (IsSpecial(id)) return TokenKind.Special;
        if (Added.ById.ContainsKey(id)) return TokenKind.Added;
        var isByte = _model is BpeModel { Options.OnBytes: true } ? TokenBytes(id).Length == 1 : token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && TokenBytes(id).Length == 1;
        return isByte ? TokenKind.Byte : TokenKind.Normal;
    }

    /// <summary>The merges that make a token of a BPE.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The tree; null where no merges lead to the token, or the tokenizer has none.</returns>
    public MergeTree? MergeTreeOf(int id) => Added.ById.ContainsKey(id) ? null : (_model as BpeModel)?.Tree(id);

    /// <summary>What the tokenizer is made of.</summary>
    public TokenizerSummary Summarize() => new()
    {
        Model = DescribeModel(),
        VocabularySize = VocabularySize,
        TokenCount = TokenCount,
        MergeCount = (_model as BpeModel)?.Lookup.Count,
        AddedCount = _parts.AddedTokens.Count,
        SpecialCount = Enumerable.Range(0, VocabularySize).Count(IsSpecial),
        Steps = [.. Steps()],
    };

    /// <summary>The model's token for text that it does not cover; −1 for none.</summary>
    private int UnknownId => _model switch
    {
        BpeModel { Options.UnknownToken: { } token } => _model.Vocabulary.Find(token),
        UnigramModel unigram => unigram.UnknownId,
        WordPieceModel wordPiece => _model.Vocabulary.Find(wordPiece.UnknownToken),
        WordLevelModel wordLevel => _model.Vocabulary.Find(wordLevel.UnknownToken),
        _ => -1,
    };

    private string DescribeModel()
    {
        var switches = new List<string>();
        var name = _model.GetType().Name;
        switch (_model)
        {
            case BpeModel { Options: var options }:
                name = "BPE";
                if (options.OnBytes) switches.Add("byte-level");
                if (options.ByteFallback) switches.Add("byte_fallback");
                if (options.FuseUnknown) switches.Add("fuse_unk");
                if (options.IgnoreMerges) switches.Add("ignore_merges");
                if (options.Dropout > 0) switches.Add("dropout");
                break;
            case UnigramModel unigram:
                name = "Unigram";
                if (unigram.HasByteFallback) switches.Add("byte_fallback");
                break;
            case WordPieceModel:
                name = "WordPiece";
                break;
            case LongestMatch.LongestMatchModel:
                name = LongestMatch.LongestMatchModel.TypeName;
                break;
            case WordLevelModel:
                name = "WordLevel";
                break;
        }

        return switches.Count == 0 ? name : $"{name} ({string.Join(", ", switches)})";
    }

    private IEnumerable<(string Name, string Description)> Steps()
    {
        foreach (var key in new[] { "normalizer", "pre_tokenizer", "post_processor", "decoder" })
        {
            if (_parts.Json?.GetValueOrDefault(key) is not { } json || json == "null") continue;
            using var document = JsonDocument.Parse(json);
            yield return (key, Describe(document.RootElement));
        }
    }

    /// <summary>A part of tokenizer.json on one line: its type with its settings in brackets; the parts of a sequence with arrows between.</summary>
    private static string Describe(JsonElement part)
    {
        if (part.ValueKind == JsonValueKind.String) return Clip(Shown(() => JsonEncodedText.Encode(part.GetString()!, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()));
        if (part.ValueKind == JsonValueKind.Array) return "[" + Clip(string.Join(' ', part.EnumerateArray().Select(Describe))) + "]";
        if (part.ValueKind != JsonValueKind.Object) return part.GetRawText();
        var type = part.TryGetProperty("type", out var name) && name.ValueKind == JsonValueKind.String ? Shown(() => name.GetString()!) : null;
        if (type == "Sequence")
        {
            foreach (var property in part.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Array) return string.Join(" → ", property.Value.EnumerateArray().Select(Describe));
            }
        }

        // A template's specials stand in its pieces already.
        var settings = part.EnumerateObject().Select(static p => (Name: Shown(() => p.Name), p.Value)).Where(static p => p.Name is not ("type" or "special_tokens")).Select(static p => $"{p.Name}={Describe(p.Value)}");
        return $"{type}({string.Join(", ", settings)})";
    }

    // Settings that no step reads may hold escapes that are no text (a lone surrogate).
    private static string Shown(Func<string> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static string Clip(string text) => text.Length <= MostShown ? text : string.Concat(text.AsSpan(0, MostShown), "…");
}
