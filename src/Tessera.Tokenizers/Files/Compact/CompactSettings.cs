using System.Text.Json;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>
/// The settings of a compact file: a tokenizer.json without vocabulary, merges and added tokens, and under <c>tessera</c> what such a file
/// does not say: whether the model works on bytes, the special tokens by role, control tokens, the clean-up of blanks, what is only text, warnings.
/// </summary>
internal static class CompactSettings
{
    private const string Key = "tessera";

    /// <summary>The settings' text.</summary>
    /// <exception cref="UnsupportedFeatureException">The parts have no form as JSON.</exception>
    public static byte[] Write(TokenizerParts parts)
    {
        var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            TokenizerJsonWriter.Settings(writer, parts, tables: false);
            writer.WriteStartObject(Key);
            writer.WriteBoolean("on_bytes", parts.Model is BpeModel { Options.OnBytes: true });
            writer.WriteBoolean("clean_up_spaces", parts.CleanUpSpaces);
            var specials = parts.SpecialTokens;
            Id(writer, "bos", specials.BeginOfSequence);
            Id(writer, "eos", specials.EndOfSequence);
            Id(writer, "eot", specials.EndOfTurn);
            Id(writer, "pad", specials.Padding);
            Id(writer, "unk", specials.Unknown);
            Id(writer, "sep", specials.Separator);
            Id(writer, "cls", specials.Classification);
            Id(writer, "mask", specials.Mask);

            Ids(writer, "eog", specials.EndOfGeneration);
            Ids(writer, "control", parts.ControlIds);
            Texts(writer, "text_only", parts.TextOnly.Order(StringComparer.Ordinal));
            Texts(writer, "warnings", parts.Warnings);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The parts that the settings make, without added tokens.</summary>
    /// <param name="json">The settings' text.</param>
    /// <param name="tables">The model's large parts.</param>
    /// <param name="file">The file for messages.</param>
    /// <param name="limits">Bounds.</param>
    public static TokenizerParts Read(byte[] json, IModelTables tables, string file, InputLimits limits)
    {
        var root = JsonPart.Parse(json, file, limits);
        var more = root.Required(Key);
        var onBytes = more.Required("on_bytes").AsBool();
        var parts = TokenizerJsonReader.Parts(root, canRunOnBytes: onBytes, out var runsOnBytes);
        if (runsOnBytes != onBytes) throw more.Wrong("a model on bytes without a pre-tokenizer that gives bytes");
        return parts with
        {
            Model = ModelJson.Read(root.Required("model"), tables, onBytes),
            SpecialTokens = new SpecialTokens
            {
                BeginOfSequence = Id(more, "bos", limits),
                EndOfSequence = Id(more, "eos", limits),
                EndOfTurn = Id(more, "eot", limits),
                Padding = Id(more, "pad", limits),
                Unknown = Id(more, "unk", limits),
                Separator = Id(more, "sep", limits),
                Classification = Id(more, "cls", limits),
                Mask = Id(more, "mask", limits),
                EndOfGeneration = more.Required("eog").Counts(limits.MaxVocabulary),
            },
            CleanUpSpaces = more.Required("clean_up_spaces").AsBool(),
            ControlIds = more.Required("control").Counts(limits.MaxVocabulary),
            TextOnly = more.Required("text_only").Strings() is { Length: > 0 } texts ? new HashSet<string>(texts, StringComparer.Ordinal) : parts.TextOnly,
            Warnings = more.Required("warnings").Strings(),
        };
    }

    private static int? Id(JsonPart part, string name, InputLimits limits) => part.Find(name) is { IsNull: false } id ? id.AsCount(limits.MaxVocabulary) : null;

    private static void Id(Utf8JsonWriter writer, string name, int? id)
    {
        if (id is { } number) writer.WriteNumber(name, number);
    }

    private static void Ids(Utf8JsonWriter writer, string name, IReadOnlyList<int> ids)
    {
        writer.WriteStartArray(name);
        foreach (var id in ids) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
