using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.LongestMatch;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Files;

/// <summary>Writes a tokenizer as Hugging Face's tokenizer.json, version 1.0, which their library and this one load again to equal ids.</summary>
public static class TokenizerJsonWriter
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes to a file, which is replaced only when everything is written.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="UnsupportedFeatureException">The tokenizer cannot be expressed in this format.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Tokenizer tokenizer, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var temporary = path + ".partial";
        using (var stream = File.Create(temporary)) Write(tokenizer, stream);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes to a stream.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="stream">Takes UTF-8; stays open.</param>
    /// <exception cref="UnsupportedFeatureException">The tokenizer cannot be expressed in this format.</exception>
    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(stream);
        var parts = tokenizer.Parts;
        using var writer = new Utf8JsonWriter(stream, s_options);
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteStartArray("added_tokens");
        foreach (var token in parts.AddedTokens) Added(writer, token);
        writer.WriteEndArray();
        Settings(writer, parts, tables: true);
        writer.WriteEndObject();
    }

    /// <summary>Writes everything but version and added tokens, as members of the object that is open.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="parts">The tokenizer's parts.</param>
    /// <param name="tables">Whether vocabulary and merges are written.</param>
    /// <exception cref="UnsupportedFeatureException">The parts cannot be expressed.</exception>
    internal static void Settings(Utf8JsonWriter writer, TokenizerParts parts, bool tables)
    {
        if (parts.Json is not { } json) throw new UnsupportedFeatureException("tokenizer.json", parts.WhyNotJson ?? "a tokenizer of this origin");
        Raw(writer, "truncation", json);
        Raw(writer, "padding", json);
        Raw(writer, "normalizer", json);
        Raw(writer, "pre_tokenizer", json);
        Raw(writer, "post_processor", json);
        Raw(writer, "decoder", json);
        writer.WriteStartObject("model");
        Model(writer, parts.Model, tables);
        writer.WriteEndObject();
    }

    private static void Raw(Utf8JsonWriter writer, string key, IReadOnlyDictionary<string, string> json)
    {
        writer.WritePropertyName(key);
        // As it was read: settings that no step uses may hold what can't be written anew (the escape of half a character).
        writer.WriteRawValue(json.GetValueOrDefault(key, "null"));
    }

    private static void Added(Utf8JsonWriter writer, AddedToken token)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", token.Id);
        writer.WriteString("content", token.Content);
        writer.WriteBoolean("single_word", token.SingleWord);
        writer.WriteBoolean("lstrip", token.LeftStrip);
        writer.WriteBoolean("rstrip", token.RightStrip);
        writer.WriteBoolean("normalized", token.Normalized);
        writer.WriteBoolean("special", token.Special);
        writer.WriteEndObject();
    }

    private static void Model(Utf8JsonWriter writer, TokenModel model, bool tables)
    {
        switch (model)
        {
            case BpeModel bpe:
                Bpe(writer, bpe, tables);
                break;
            case UnigramModel unigram:
                Unigram(writer, unigram, tables);
                break;
            case WordPieceModel wordPiece:
                writer.WriteString("type", "WordPiece");
                writer.WriteString("unk_token", wordPiece.UnknownToken);
                writer.WriteString("continuing_subword_prefix", wordPiece.ContinuingPrefix);
                writer.WriteNumber("max_input_chars_per_word", wordPiece.MostCharactersPerWord);
                if (tables) Vocab(writer, wordPiece.Vocabulary);
                break;
            case LongestMatchModel longestMatch:
                writer.WriteString("type", LongestMatchModel.TypeName);
                Vocab(writer, longestMatch.Vocabulary);
                break;
            case WordLevelModel wordLevel:
                writer.WriteString("type", "WordLevel");
                if (tables) Vocab(writer, wordLevel.Vocabulary);
                writer.WriteString("unk_token", wordLevel.UnknownToken);
                break;
            default:
                throw new UnsupportedFeatureException("tokenizer.json", model.GetType().Name);
        }
    }

    private static void Bpe(Utf8JsonWriter writer, BpeModel model, bool tables)
    {
        var options = model.Options;
        if (tables && model.HasPseudoSymbols) throw new UnsupportedFeatureException("tokenizer.json", "a BPE with merges of characters that are no tokens");
        writer.WriteString("type", "BPE");
        if (options.Dropout > 0) writer.WriteNumber("dropout", options.Dropout);
        else writer.WriteNull("dropout");
        writer.WriteString("unk_token", options.UnknownToken);
        Affix(writer, "continuing_subword_prefix", options.ContinuingPrefix);
        Affix(writer, "end_of_word_suffix", options.EndSuffix);
        writer.WriteBoolean("fuse_unk", options.FuseUnknown);
        writer.WriteBoolean("byte_fallback", options.ByteFallback);
        writer.WriteBoolean("ignore_merges", options.IgnoreMerges);
        if (!tables) return;
        Vocab(writer, model.Vocabulary);
        writer.WriteStartArray("merges");
        var (before, result) = (-1, -1);
        foreach (var (left, right, rank, joined) in model.Merges.OrderBy(static m => m.Rank))
        {
            // SentencePiece takes the leftmost of pieces of equal score; in a list of merges one of them would go first.
            if (rank == before && joined != result) throw new UnsupportedFeatureException("tokenizer.json", "a BPE with several tokens of one rank");
            (before, result) = (rank, joined);
            writer.WriteStartArray();
            writer.WriteStringValue(model.Vocabulary[left]);
            writer.WriteStringValue(model.Vocabulary[right]);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void Affix(Utf8JsonWriter writer, string key, byte[] affix)
    {
        if (affix.Length == 0) writer.WriteNull(key);
        else writer.WriteString(key, affix);
    }

    private static void Unigram(Utf8JsonWriter writer, UnigramModel model, bool tables)
    {
        writer.WriteString("type", "Unigram");
        if (model.UnknownId >= 0) writer.WriteNumber("unk_id", model.UnknownId);
        else writer.WriteNull("unk_id");
        writer.WriteBoolean("byte_fallback", model.HasByteFallback);
        if (!tables) return;
        writer.WriteStartArray("vocab");
        for (var id = 0; id < model.Vocabulary.Size; id++)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(model.Vocabulary[id]);
            writer.WriteNumberValue(model.Scores[id]);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static void Vocab(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartObject("vocab");
        foreach (var (token, id) in vocabulary.Entries().OrderBy(static e => e.Id)) writer.WriteNumber(Encoding.UTF8.GetString(token), id);
        writer.WriteEndObject();
    }
}
