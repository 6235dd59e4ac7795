using System.Text.Json;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// Parts of a tokenizer.json as text, for tokenizers that come from elsewhere (GGUF, training): the readers then build them, and the
/// writer can write them.
/// </summary>
internal static class ComponentJson
{
    public const string Null = "null";

    public const string ByteLevelDecoder = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""";

    public const string BertNormalizer = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""";

    public const string BertPreTokenizer = """{"type":"BertPreTokenizer"}""";

    public const string WordPieceDecoder = """{"type":"WordPiece","prefix":"##","cleanup":true}""";

    public const string Metaspace = """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}""";

    public const string MetaspaceNever = """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"never","split":true}""";

    public const string BlanksToMarkers = """{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}""";

    public const string PrependMarker = """{"type":"Prepend","prepend":"\u2581"}""";

    /// <summary>The decoder of a SentencePiece-like BPE.</summary>
    public static string SentencePieceDecoder(bool dropsFirstBlank) =>
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}"""
        + (dropsFirstBlank ? """,{"type":"Strip","content":" ","start":1,"stop":0}""" : "") + "]}";

    /// <summary>Normalizers one after the other.</summary>
    public static string Normalizers(params IEnumerable<string> parts) => $$"""{"type":"Sequence","normalizers":[{{string.Join(',', parts)}}]}""";

    /// <summary>Splits by regular expressions one after the other, then bytes in the byte alphabet.</summary>
    public static string Splits(params IEnumerable<string> patterns)
    {
        var parts = patterns.ToList();
        // GPT-2's pattern is what the byte-level step does by itself.
        var useRegex = parts.Count > 0 && parts[^1] == KnownPatterns.Gpt2;
        if (useRegex) parts.RemoveAt(parts.Count - 1);
        var byteLevel = $$"""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":{{(useRegex ? "true" : "false")}}}""";
        if (parts.Count == 0) return byteLevel;
        var splits = parts.Select(static p => p == @"\p{N}"
            ? """{"type":"Digits","individual_digits":true}"""
            : $$$"""{"type":"Split","pattern":{"Regex":{{{Quote(p)}}}},"behavior":"Isolated","invert":false}""");
        return $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', splits)}},{{byteLevel}}]}""";
    }

    /// <summary>A template that puts a token before and one behind every sequence.</summary>
    public static string Frame((string Token, int Id)? before, (string Token, int Id)? behind)
    {
        string Around(int sequence)
        {
            var pieces = new List<string>();
            if (before is { } first) pieces.Add(Special(first.Token, sequence));
            pieces.Add($$$"""{"Sequence":{"id":"{{{(sequence == 0 ? 'A' : 'B')}}}","type_id":{{{sequence}}}}}""");
            if (behind is { } last) pieces.Add(Special(last.Token, sequence));
            return string.Join(',', pieces);
        }

        return Template(Around(0), Around(0) + "," + Around(1), before, behind);
    }

    /// <summary>BERT's template: CLS A SEP B SEP.</summary>
    public static string BertFrame((string Token, int Id) first, (string Token, int Id) separator)
    {
        var single = $$$"""{{{Special(first.Token, 0)}}},{"Sequence":{"id":"A","type_id":0}},{{{Special(separator.Token, 0)}}}""";
        return Template(single, $$$"""{{{single}}},{"Sequence":{"id":"B","type_id":1}},{{{Special(separator.Token, 1)}}}""", first, separator);
    }

    /// <summary>A string with its quotes.</summary>
    public static string Quote(string text) => "\"" + JsonEncodedText.Encode(text) + "\"";

    private static string Special(string token, int typeId) => $$$"""{"SpecialToken":{"id":{{{Quote(token)}}},"type_id":{{{typeId}}}}}""";

    private static string Template(string single, string pair, params IEnumerable<(string Token, int Id)?> specials)
    {
        var map = specials.OfType<(string Token, int Id)>().DistinctBy(static s => s.Token)
            .Select(static s => $$"""{{Quote(s.Token)}}:{"id":{{Quote(s.Token)}},"ids":[{{s.Id}}],"tokens":[{{Quote(s.Token)}}]}""");
        return $$"""{"type":"TemplateProcessing","single":[{{single}}],"pair":[{{pair}}],"special_tokens":{{{string.Join(',', map)}}} }""";
    }
}
