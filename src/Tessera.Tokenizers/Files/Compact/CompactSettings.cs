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

    private static readonly (string Name, Func<SpecialTokens, int?> Get, Func<SpecialTokens, int, SpecialTokens> Set)[] s_roles =
    [
        ("bos", static s => s.BeginOfSequence, static (s, id) => s with { BeginOfSequence = id }),
        ("eos", static s => s.EndOfSequence, static (s, id) => s with { EndOfSequence = id }),
        ("eot", static s => s.EndOfTurn, static (s, id) => s with { EndOfTurn = id }),
        ("pad", static s => s.Padding, static (s, id) => s with { Padding = id }),
        ("unk", static s => s.Unknown, static (s, id) => s with { Unknown = id }),
        ("sep", static s => s.Separator, static (s, id) => s with { Separator = id }),
        ("cls", static s => s.Classification, static (s, id) => s with { Classification = id }),
        ("mask", static s => s.Mask, static (s, id) => s with { Mask = id }),
    ];

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
            foreach (var (name, get, _) in s_roles)
            {
                if (get(parts.SpecialTokens) is { } id) writer.WriteNumber(name, id);
            }

            Ids(writer, "eog", parts.SpecialTokens.EndOfGeneration);
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
        using var document = JsonPart.Parse(json, file, limits);
        var root = new JsonPart(document.RootElement, "$", file);
        var more = root.Required(Key);
        var onBytes = more.Required("on_bytes").AsBool();
        var parts = TokenizerJsonReader.Parts(root, canRunOnBytes: onBytes, out var runsOnBytes);
        if (runsOnBytes != onBytes) throw more.Wrong("a model on bytes without a pre-tokenizer that gives bytes");
        var specials = new SpecialTokens { EndOfGeneration = Ids(more.Required("eog"), limits) };
        foreach (var (name, _, set) in s_roles)
        {
            if (more.Find(name) is { IsNull: false } id) specials = set(specials, id.AsCount(limits.MaxVocabulary));
        }

        return parts with
        {
            Model = ModelJson.Read(root.Required("model"), tables, onBytes),
            SpecialTokens = specials,
            CleanUpSpaces = more.Required("clean_up_spaces").AsBool(),
            ControlIds = Ids(more.Required("control"), limits),
            TextOnly = Texts(more, "text_only") is { Count: > 0 } texts ? new HashSet<string>(texts, StringComparer.Ordinal) : parts.TextOnly,
            Warnings = Texts(more, "warnings"),
        };
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

    private static List<string> Texts(JsonPart part, string name)
    {
        var texts = new List<string>();
        foreach (var item in part.Required(name).Items) texts.Add(item.AsString());
        return texts;
    }

    private static int[] Ids(JsonPart part, InputLimits limits)
    {
        var items = part.Items;
        var ids = new int[items.Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = items[i].AsCount(limits.MaxVocabulary);
        return ids;
    }
}
