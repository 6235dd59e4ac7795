using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the model of a tokenizer.json.</summary>
internal static class ModelJson
{
    // Affixes are put around every character; published ones have up to five bytes.
    private const int MostAffixBytes = 256;

    // From every place in a text the longest token is looked for: its length times the text's is work.
    private const int MostTokenBytes = 8_192;

    /// <summary>The model.</summary>
    /// <param name="part">The model's JSON.</param>
    /// <param name="onBytes">Whether pieces come as bytes rather than in the byte alphabet.</param>
    /// <param name="limits">Bounds.</param>
    public static TokenModel Read(JsonPart part, bool onBytes, InputLimits limits)
    {
        if (part.IsNull) throw part.Wrong("a model is expected");
        // Old files name no type; the keys tell.
        var type = part.String("type") ?? (part.Find("merges").IsNull ? part.Find("unk_id").Element.ValueKind != JsonValueKind.Undefined ? "Unigram" : part.Find("continuing_subword_prefix").IsNull ? "WordLevel" : "WordPiece" : "BPE");
        return type switch
        {
            "BPE" => Bpe(part, onBytes, limits),
            "Unigram" => Unigram(part, limits),
            "WordPiece" => WordPiece(part, limits),
            "WordLevel" => new WordLevelModel(VocabularyOf(part.Required("vocab"), limits), part.Required("unk_token").AsString()),
            _ => throw part.Unsupported($"model \"{type}\""),
        };
    }

    /// <summary>Whether a model's symbols can be bytes: a BPE without affixes and without byte fallback.</summary>
    public static bool CanRunOnBytes(JsonPart part) =>
        !part.IsNull && !part.Find("merges").IsNull && part.String("type", "BPE") == "BPE" && !part.Bool("byte_fallback", false)
        && part.String("continuing_subword_prefix") is null or "" && part.String("end_of_word_suffix") is null or "";

    private static WordPieceModel WordPiece(JsonPart part, InputLimits limits) => new(
        VocabularyOf(part.Required("vocab"), limits),
        part.Required("unk_token").AsString(),
        Affix(part, "continuing_subword_prefix", "##"),
        part.Required("max_input_chars_per_word").AsCount());

    private static UnigramModel Unigram(JsonPart part, InputLimits limits)
    {
        var vocab = part.Required("vocab");
        var tokens = new List<(byte[] Token, int Id)>();
        var scores = new List<double>();
        foreach (var item in vocab.Items)
        {
            CheckSize(tokens.Count, limits);
            if (item.Element.ValueKind != JsonValueKind.Array || item.Element.GetArrayLength() != 2) throw item.Wrong("a piece and its score are expected");
            tokens.Add((TokenBytes(new JsonPart(item.Element[0], item.Path, item.File).AsString()), tokens.Count));
            scores.Add(new JsonPart(item.Element[1], item.Path, item.File).AsNumber());
        }

        var unknown = part.Find("unk_id") is { IsNull: false } id ? id.AsCount() : -1;
        if (unknown >= tokens.Count) throw part.Find("unk_id").Wrong($"id {unknown} in a vocabulary of {tokens.Count}");
        return new UnigramModel(Vocabulary.Of(tokens), [.. scores], unknown, part.Bool("byte_fallback", false));
    }

    private static BpeModel Bpe(JsonPart part, bool onBytes, InputLimits limits)
    {
        var dropout = part.Find("dropout") is { IsNull: false } number ? number.AsNumber() : 0;
        if (dropout is < 0 or > 1) throw part.Find("dropout").Wrong($"{dropout} is not between 0 and 1");
        var options = new BpeOptions
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
        var vocabulary = VocabularyOf(part.Required("vocab"), limits);
        return new BpeModel(vocabulary, Merges(part.Required("merges"), vocabulary, options.ContinuingPrefix.Length, limits), options);
    }

    private static List<(int Left, int Right, int Rank, int Result)> Merges(JsonPart part, Vocabulary vocabulary, int prefix, InputLimits limits)
    {
        if (part.Element.ValueKind != JsonValueKind.Array) throw part.Wrong("an array is expected");
        var merges = new List<(int, int, int, int)>(part.Element.GetArrayLength());
        var joined = new byte[64];
        var number = -1;
        foreach (var element in part.Element.EnumerateArray())
        {
            number++;
            CheckSize(merges.Count, limits);
            var item = new JsonPart(element, $"{part.Path}[{number}]", part.File);
            if (element.ValueKind != part.Element[0].ValueKind) throw item.Wrong("merges written in two ways");
            if (Pair(item) is not var (left, right)) continue;
            var (leftBytes, rightBytes) = (Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));
            var length = leftBytes.Length + rightBytes.Length;
            if (joined.Length < length) joined = new byte[2 * length];
            var (leftId, rightId) = (vocabulary.Find(leftBytes), vocabulary.Find(rightBytes));
            if (leftId < 0 || rightId < 0) throw item.Wrong($"\"{(leftId < 0 ? left : right)}\" is not in the vocabulary");
            // A part that can stand inside a word carries the prefix; joined, the second one loses it.
            var skipped = prefix <= rightBytes.Length ? prefix : throw item.Wrong($"\"{right}\" is shorter than the prefix of continuing parts");
            leftBytes.CopyTo(joined, 0);
            rightBytes.AsSpan(skipped).CopyTo(joined.AsSpan(leftBytes.Length));
            var result = vocabulary.Find(joined.AsSpan(0, length - skipped));
            if (result < 0) throw item.Wrong($"\"{left}\" and \"{right}\" join to what is not in the vocabulary");
            if (leftBytes.Length == 0 || rightBytes.Length == skipped) throw item.Wrong("a merge with an empty part");
            merges.Add((leftId, rightId, merges.Count, result));
        }

        return merges;
    }

    /// <summary>The two parts of a merge, written <c>"a b"</c> or <c>["a", "b"]</c>; null for a version line.</summary>
    private static (string Left, string Right)? Pair(JsonPart item)
    {
        if (item.Element.ValueKind == JsonValueKind.Array)
        {
            if (item.Element.GetArrayLength() != 2) throw item.Wrong("two parts are expected");
            return (new JsonPart(item.Element[0], item.Path, item.File).AsString(), new JsonPart(item.Element[1], item.Path, item.File).AsString());
        }

        var text = item.AsString();
        if (text.StartsWith("#version", StringComparison.Ordinal)) return null;
        var parts = text.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw item.Wrong($"two parts with a blank between are expected, not {parts.Length}");
    }

    private static Vocabulary VocabularyOf(JsonPart part, InputLimits limits)
    {
        var tokens = new List<(byte[] Token, int Id)>();
        foreach (var (token, value) in part.Properties)
        {
            CheckSize(tokens.Count, limits);
            if (value.Element.ValueKind != JsonValueKind.Number || !value.Element.TryGetUInt32(out var id)) throw value.Wrong("an id is a whole number from 0 up");
            if (id >= limits.MaxVocabulary) throw new ResourceLimitException($"ids at {part.Path} of {part.File}", id + 1L, limits.MaxVocabulary);
            tokens.Add((TokenBytes(token), (int)id));
        }

        return Vocabulary.Of(tokens);
    }

    private static byte[] TokenBytes(string token)
    {
        var bytes = Encoding.UTF8.GetBytes(token);
        return bytes.Length <= MostTokenBytes ? bytes : throw new ResourceLimitException("bytes of a token", bytes.Length, MostTokenBytes);
    }

    private static byte[] Affix(JsonPart part, string key, string otherwise)
    {
        var affix = Encoding.UTF8.GetBytes(part.String(key, otherwise)!);
        return affix.Length <= MostAffixBytes ? affix : throw new ResourceLimitException($"bytes of {key}", affix.Length, MostAffixBytes);
    }

    private static void CheckSize(int count, InputLimits limits)
    {
        if (count >= limits.MaxVocabulary) throw new ResourceLimitException("entries of a vocabulary", count + 1L, limits.MaxVocabulary);
    }
}
