using System.Globalization;
using Tessera.Tokenizers.Text.PostProcessors;

namespace Tessera.Tokenizers.Files;

/// <summary>Reads the post-processor of a tokenizer.json.</summary>
internal static class PostProcessorJson
{
    // Every piece may be the whole text once more; published templates have up to eight.
    private const int MostPieces = 64;

    /// <summary>The post-processor; null for null.</summary>
    public static PostProcessor? Read(JsonPart part)
    {
        if (part.IsNull) return null;
        var type = part.Required("type").AsString();
        return type switch
        {
            "Sequence" => new SequencePostProcessor(part.Required("processors").Each(Read, "a post-processor is expected")),
            "ByteLevel" => new ByteLevelPostProcessor(part.Required("trim_offsets").AsBool(), part.Required("add_prefix_space").AsBool()),
            "BertProcessing" => new BertPostProcessor(Special(part.Required("cls")), Special(part.Required("sep"))),
            "RobertaProcessing" => new BertPostProcessor(
                Special(part.Required("cls")), Special(part.Required("sep")), isRoberta: true, part.Required("trim_offsets").AsBool(), part.Required("add_prefix_space").AsBool()),
            "TemplateProcessing" => Template(part),
            _ => throw part.Unsupported($"post-processor \"{type}\""),
        };
    }

    private static (string Token, int Id) Special(JsonPart part)
    {
        var items = part.Items;
        return items.Length == 2 ? (items[0].AsString(), items[1].AsCount()) : throw part.Wrong("a token and its id are expected");
    }

    private static TemplatePostProcessor Template(JsonPart part)
    {
        var specials = new Dictionary<string, TemplatePiece>(StringComparer.Ordinal);
        if (part.Find("special_tokens") is { IsNull: false } map)
        {
            // A map by name, or a list of tokens that name themselves.
            foreach (var entry in map.IsArray ? map.Items : map.Values)
            {
                var ids = entry.Required("ids").Counts();
                var tokens = entry.Required("tokens").Strings();
                if (ids.Length != tokens.Length) throw entry.Wrong($"{ids.Length} ids for {tokens.Length} tokens");
                specials[entry.Required("id").AsString()] = new TemplatePiece(-1, 0, ids, tokens);
            }
        }

        var single = Pieces(part.Find("single"), specials, pair: false);
        return new TemplatePostProcessor(single, Pieces(part.Find("pair"), specials, pair: true));
    }

    private static TemplatePiece[] Pieces(JsonPart part, Dictionary<string, TemplatePiece> specials, bool pair)
    {
        var pieces = ReadPieces(part, specials, pair);
        return pieces.Length <= MostPieces ? pieces : throw new ResourceLimitException($"pieces of the template at {part.Path}", pieces.Length, MostPieces);
    }

    private static TemplatePiece[] ReadPieces(JsonPart part, Dictionary<string, TemplatePiece> specials, bool pair)
    {
        if (part.IsMissing)
            return pair ? [new TemplatePiece(0, 0, [], []), new TemplatePiece(1, 1, [], [])] : [new TemplatePiece(0, 0, [], [])];
        if (part.IsString)
        {
            var texts = part.AsString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var fromTexts = new TemplatePiece[texts.Length];
            for (var i = 0; i < texts.Length; i++) fromTexts[i] = FromText(texts[i], part, specials);
            return fromTexts;
        }

        var items = part.Items;
        var pieces = new TemplatePiece[items.Length];
        for (var i = 0; i < pieces.Length; i++) pieces[i] = items[i].IsString ? FromText(items[i].AsString(), items[i], specials) : FromObject(items[i], specials);
        return pieces;
    }

    private static TemplatePiece FromObject(JsonPart item, Dictionary<string, TemplatePiece> specials)
    {
        if (item.Find("Sequence") is { IsNull: false } sequence)
        {
            var index = sequence.Required("id").AsString() switch
            {
                "A" => 0,
                "B" => 1,
                var other => throw sequence.Wrong($"sequence \"{other}\" is neither A nor B"),
            };
            return new TemplatePiece(index, sequence.Required("type_id").AsCount(), [], []);
        }

        if (item.Find("SpecialToken") is { IsNull: false } special)
            return Special(special.Required("id").AsString(), special.Required("type_id").AsCount(), special, specials);
        throw item.Wrong("\"Sequence\" or \"SpecialToken\" is expected");
    }

    /// <summary><c>$A</c>, <c>$B:1</c>, <c>$1</c> (A with type 1), <c>[CLS]</c>, <c>[SEP]:1</c>.</summary>
    private static TemplatePiece FromText(string text, JsonPart part, Dictionary<string, TemplatePiece> specials)
    {
        var colon = text.LastIndexOf(':');
        var typeId = 0;
        var name = text;
        if (colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out typeId)) name = text[..colon];
        if (!name.StartsWith('$')) return Special(name, typeId, part, specials);
        var sequence = name[1..];
        return sequence switch
        {
            "" or "A" or "a" => new TemplatePiece(0, typeId, [], []),
            "B" or "b" => new TemplatePiece(1, typeId, [], []),
            _ when int.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var type) => new TemplatePiece(0, type, [], []),
            _ => throw part.Wrong($"\"{text}\" is no piece of a template"),
        };
    }

    private static TemplatePiece Special(string name, int typeId, JsonPart part, Dictionary<string, TemplatePiece> specials) =>
        specials.TryGetValue(name, out var special)
            ? special with { TypeId = typeId }
            : throw part.Wrong($"the special token \"{name}\" is not among special_tokens");
}
