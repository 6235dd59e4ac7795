using System.Globalization;
using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Files;

namespace Tessera.Golden;

/// <summary>
/// Every Unicode scalar through named normalizers and pre-tokenizers, one hash per block: pins the Unicode version of every table. Blocks of
/// a normalizer that are not listed must stay unchanged.
/// </summary>
internal sealed class ComponentEveryScalarReader : IGoldenReader
{
    private static readonly Dictionary<string, string> s_normalizers = new(StringComparer.Ordinal)
    {
        ["NFD+StripAccents"] = """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""",
        ["BertNormalizer"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""",
        ["BertNormalizer-cased"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":false,"lowercase":false}""",
        ["Strip"] = """{"type":"Strip","strip_left":true,"strip_right":true}""",
        ["Precompiled"] = """{"type":"Precompiled","precompiled_charsmap":"@precompiled_charsmap"}""",
    };

    private static readonly Dictionary<string, string> s_preTokenizers = new(StringComparer.Ordinal)
    {
        ["Punctuation"] = """{"type":"Punctuation","behavior":"Isolated"}""",
        ["Digits"] = """{"type":"Digits","individual_digits":true}""",
        ["ByteLevel"] = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""",
    };

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Expected.Has("blocks")
        && (@case.Input.Find("normalizer") is { Kind: JsonValueKind.String } || @case.Input.Find("pre_tokenizer") is { Kind: JsonValueKind.String });

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        var isNormalizer = input.Has("normalizer");
        var convert = isNormalizer ? Normalizer(@case, input["normalizer"].AsString()) : PreTokenizer(@case, input["pre_tokenizer"].AsString());
        var blocks = @case.Expected["blocks"];
        var listed = blocks.Properties.Count(); // an empty list is read by counting it
        check.That(listed <= 0x110000 / 1_024, "expected.blocks", "blocks of code points", $"{listed} blocks");
        for (var first = 0; first < 0x110000; first += first < 0x20000 ? 1_024 : 16_384)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = first.ToString("X6", CultureInfo.InvariantCulture);
            var (bytes, changed) = Block(first, convert);
            if (blocks.Find(key) is { } expected) check.Equal(expected, TokenizerFiles.Hash(bytes, 16));
            else check.That(!changed || !isNormalizer, $"expected.blocks.{key}", "unchanged", "changed");
        }
    }

    private static (byte[] Bytes, bool Changed) Block(int first, Func<string, string> convert)
    {
        var end = first + (first < 0x20000 ? 1_024 : 16_384);
        using var bytes = new MemoryStream();
        var changed = false;
        for (var scalar = first; scalar < end; scalar++)
        {
            if (!Rune.IsValid(scalar)) continue;
            var text = $"a{new Rune(scalar)}b";
            var result = convert(text);
            changed |= result != text;
            bytes.Write(Encoding.UTF8.GetBytes(result));
            bytes.WriteByte(0);
        }

        return (bytes.ToArray(), changed);
    }

    private static Func<string, string> Normalizer(GoldenCase @case, string name)
    {
        var json = s_normalizers.GetValueOrDefault(name, $$"""{"type":"{{name}}"}""");
        // The character map stands in the file of the normalizers' cases.
        var file = name != "Precompiled" ? @case.File : @case.File.Directory.Files.FirstOrDefault(static f => f.Root.Has("precompiled_charsmap"))
            ?? throw new NotCoveredException("no file beside it holds the character map");
        var normalizer = NormalizerReader.Normalizer(file, json);
        return text => Encoding.UTF8.GetString(normalizer.Apply(Encoding.UTF8.GetBytes(text)));
    }

    private static Func<string, string> PreTokenizer(GoldenCase @case, string name)
    {
        var patterns = @case.File.Directory.Files.FirstOrDefault(static f => f.Root.Has("patterns") && f.Root.Has("strings"))?.Root["patterns"];
        var pattern = patterns?.Find(name) ?? patterns?.Find(name == "deepseek" ? "deepseek-v3-main" : name);
        var json = pattern is null
            ? s_preTokenizers.GetValueOrDefault(name, $$"""{"type":"{{name}}"}""")
            : $$$"""{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern.AsString())}}}},"behavior":"Isolated","invert":false}""";
        var preTokenizer = PreTokenizerJson.Read(JsonPart.Parse(json, @case.Id, "pre_tokenizer"))!;
        return text => string.Join('\u0001', PreTokenizerReader.Pieces(preTokenizer, text).Select(static p => p.Text));
    }
}
