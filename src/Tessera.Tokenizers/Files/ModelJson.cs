using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.LongestMatch;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the model of a tokenizer.json.</summary>
internal static class ModelJson
{
    // Affixes are put around every character; published ones have up to five bytes.
    private const int MostAffixBytes = 256;

    /// <summary>The model.</summary>
    /// <param name="part">The model's JSON, less what the scan took out.</param>
    /// <param name="tables">The vocabulary and the merges.</param>
    /// <param name="onBytes">Whether pieces come as bytes rather than in the byte alphabet.</param>
    public static TokenModel Read(JsonPart part, IModelTables tables, bool onBytes)
    {
        if (part.IsNull) throw part.Wrong("a model is expected");
        // Old files name no type; the keys tell.
        var type = part.String("type") ?? (part.Find("merges").IsNull ? !part.Find("unk_id").IsMissing ? "Unigram" : part.Find("continuing_subword_prefix").IsNull ? "WordLevel" : "WordPiece" : "BPE");
        return type switch
        {
            "BPE" => tables.Bpe(part, BpeOptionsOf(part, onBytes)),
            "Unigram" => Unigram(part, tables.Vocabulary),
            "WordPiece" => WordPiece(part, tables.Vocabulary),
            "WordLevel" => new WordLevelModel(Tokens(part, tables.Vocabulary), part.Required("unk_token").AsString()),
            LongestMatchModel.TypeName => LongestMatch(part, tables.Vocabulary),
            _ => throw part.Unsupported($"model \"{type}\""),
        };
    }

    /// <summary>Whether a model's symbols can be bytes: a BPE without affixes and without byte fallback.</summary>
    public static bool CanRunOnBytes(JsonPart part) =>
        !part.IsNull && !part.Find("merges").IsNull && part.String("type", "BPE") == "BPE" && !part.Bool("byte_fallback", false)
        && part.String("continuing_subword_prefix") is null or "" && part.String("end_of_word_suffix") is null or "";

    private static LongestMatchModel LongestMatch(JsonPart part, ModelVocabulary? vocabulary)
    {
        try
        {
            return new LongestMatchModel(Tokens(part, vocabulary));
        }
        catch (ArgumentException wrong)
        {
            throw new MalformedInputException(part.File, $"{part.Path}.vocab", "not every byte has a token, <0x00> to <0xFF>", wrong);
        }
    }

    private static WordPieceModel WordPiece(JsonPart part, ModelVocabulary? vocabulary) => new(
        Tokens(part, vocabulary),
        part.Required("unk_token").AsString(),
        Affix(part, "continuing_subword_prefix", "##"),
        part.Required("max_input_chars_per_word").AsCount());

    private static UnigramModel Unigram(JsonPart part, ModelVocabulary? vocabulary)
    {
        if (vocabulary?.Scores is not { } scores) throw part.Required("vocab").Wrong("an array of pieces and scores is expected");
        var unknown = part.Find("unk_id") is { IsNull: false } id ? id.AsCount() : -1;
        if (unknown >= scores.Length) throw part.Find("unk_id").Wrong($"id {unknown} in a vocabulary of {scores.Length}");
        return new UnigramModel(vocabulary.Tokens, scores, unknown, part.Bool("byte_fallback", false), vocabulary.Searched);
    }

    private static BpeOptions BpeOptionsOf(JsonPart part, bool onBytes)
    {
        var dropout = part.Find("dropout") is { IsNull: false } number ? number.AsNumber() : 0;
        if (dropout is < 0 or > 1) throw part.Find("dropout").Wrong($"{dropout} is not between 0 and 1");
        return new BpeOptions
        {
            Dropout = dropout,
            UnknownToken = part.String("unk_token"),
            ContinuingPrefix = Affix(part, "continuing_subword_prefix", ""),
            EndSuffix = Affix(part, "end_of_word_suffix", ""),
            FuseUnknown = part.Bool("fuse_unk", false),
            ByteFallback = part.Bool("byte_fallback", false),
            IgnoreMerges = part.Bool("ignore_merges", false),
            OnBytes = onBytes,
        };
    }

    /// <summary>Tokens that come with ids.</summary>
    public static Vocabulary Tokens(JsonPart part, ModelVocabulary? vocabulary) =>
        vocabulary is { Scores: null } ? vocabulary.Tokens : throw part.Required("vocab").Wrong("an object of tokens and ids is expected");

    private static byte[] Affix(JsonPart part, string key, string otherwise)
    {
        var affix = Utf8Text.BytesOf(part.String(key, otherwise)!);
        return affix.Length <= MostAffixBytes ? affix : throw new ResourceLimitException($"bytes of {key}", affix.Length, MostAffixBytes);
    }
}
