using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Tests.Text;

/// <summary>Where a step has a fast way beside the steps that define it, both give the same bytes with the same source ranges.</summary>
public sealed class FastWaysTests
{
    private static readonly int[] s_odd =
    [
        0, 9, 10, 13, 11, 0x1C, 0x7F, 0x85, 0xA0, 0xAD, 0xC9, 0xE9, 0xDF, 0x130, 0x131, 0x1C4, 0x300, 0x301, 0x327, 0x345, 0x5B0, 0x600, 0x8D4, 0x9BE, 0xE33, 0x1100, 0x1161, 0x1E69, 0x200B, 0x200D, 0x2028,
        0x2126, 0x212B, 0x302E, 0x3000, 0x3042, 0x3099, 0x4E00, 0xAC00, 0xAC01, 0xD55C, 0xE000, 0xF900, 0xFB01, 0xFDFA, 0xFE0F, 0xFEFF, 0xFFFD, 0xFF21, 0x1D165, 0x1F1E6, 0x1F600, 0x1F3FD, 0x20000, 0x2F800,
    ];

    /// <summary>ASCII, odd characters and any others, in three mixtures.</summary>
    private static byte[] Text(uint number, uint longer = 0)
    {
        var key = new RandomKey(31, number, 0, RandomPurpose.Tokenize);
        var text = new StringBuilder();
        var count = key.Below(24, 0) + longer;
        for (uint i = 0; i < count; i++)
        {
            var scalar = key.Below(2 + (int)(number % 3) * 3, 3 * i + 1) switch
            {
                0 or 1 => " aB.Zé,\r\n'"[key.Below(10, 3 * i + 2)],
                2 or 3 or 4 => s_odd[key.Below(s_odd.Length, 3 * i + 2)],
                _ => key.Below(0x11000, 3 * i + 2),
            };
            if (scalar is < 0xD800 or > 0xDFFF) text.Append(char.ConvertFromUtf32(scalar));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The bytes, and for each the characters of the source that it stands for.</summary>
    private static string Shown(TextBuffer buffer, byte[] source)
    {
        var shown = new StringBuilder(Convert.ToHexString(buffer.Span));
        var map = OffsetMap.Of(source, OffsetUnit.Utf8);
        for (var i = 0; i < buffer.Length; i++) shown.Append(CultureInfo.InvariantCulture, $" {map.Convert(buffer.SourceStart(i), buffer.SourceEnd(i))}");
        return shown.ToString();
    }

    private static TextBuffer View(byte[] text)
    {
        var buffer = new TextBuffer();
        buffer.View(text, 0, text.Length, tracked: true);
        return buffer;
    }

    [Fact]
    public void BertsNormalizerByTablesIsTheOneByStepsForEveryCharacter()
    {
        var normalizer = new BertNormalizer(cleanText: true, handleChineseCharacters: true, stripAccents: null, lowercase: true);
        for (var scalar = 0; scalar < 0x110000; scalar++)
        {
            if (scalar is >= 0xD800 and <= 0xDFFF || scalar is > 0x32000 and < 0xE0000 && scalar % 97 != 0) continue;
            var text = Encoding.UTF8.GetBytes("a" + char.ConvertFromUtf32(scalar) + "B");
            var (fast, steps) = (new TextBuffer(), new TextBuffer());
            normalizer.Apply(View(text), fast).ShouldBeTrue();
            normalizer.ApplySteps(View(text), steps);
            if (!fast.Span.SequenceEqual(steps.Span)) Shown(fast, text).ShouldBe(Shown(steps, text), $"U+{scalar:X4}");
        }
    }

    [Fact]
    public void BertsNormalizerByTablesIsTheOneBySteps()
    {
        for (uint number = 0; number < 12_000; number++)
        {
            var normalizer = new BertNormalizer((number & 1) != 0, (number & 2) != 0, (number & 12) == 0 ? null : (number & 4) != 0, (number & 16) != 0);
            for (uint i = 0; i < 3; i++)
            {
                var text = Text(3 * number + i);
                var (fast, steps) = (new TextBuffer(), new TextBuffer());
                normalizer.Apply(View(text), fast).ShouldBeTrue();
                normalizer.ApplySteps(View(text), steps);
                Shown(fast, text).ShouldBe(Shown(steps, text), Encoding.UTF8.GetString(text));
            }
        }
    }

    [Fact]
    public void WordsInBlocksAreThoseOfThePatterns()
    {
        for (uint number = 0; number < 20_000; number++)
        {
            var text = Text(number, longer: number % 2 * 160);
            if (text.Length == 0) continue;
            var (fast, spaced, steps) = (new PreTokenization(), new PreTokenization(), new PreTokenization());
            foreach (var state in (PreTokenization[])[fast, spaced, steps]) state.Start(View(text), 0, text.Length, startsSource: true);
            WordPreTokenizer.Bert.Apply(fast);
            WordPreTokenizer.WhitespaceSplit.Apply(spaced);
            new SplitPreTokenizer(new ClassRunPattern(static c => CharacterClass.Is(c, CharacterClass.Space), 1), SplitBehavior.Removed, invert: false).Apply(steps);
            Enumerable.Range(0, spaced.Pieces.Count).Select(i => spaced.Pieces[i]).ShouldBe(Enumerable.Range(0, steps.Pieces.Count).Select(i => steps.Pieces[i]), Encoding.UTF8.GetString(text));
            SplitPreTokenizer.Punctuation(SplitBehavior.Isolated).Apply(steps);
            Enumerable.Range(0, fast.Pieces.Count).Select(i => fast.Pieces[i]).ShouldBe(Enumerable.Range(0, steps.Pieces.Count).Select(i => steps.Pieces[i]), Encoding.UTF8.GetString(text));
        }
    }

    [Fact]
    public void ThePrecompiledNormalizerWithoutAListIsTheOneWithAList()
    {
        var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(SharedTokenizers.Golden("t5"))).RootElement.GetProperty("normalizer");
        var map = FindMap(json)!;
        var (normalizer, reference) = (new PrecompiledNormalizer(map), new CharacterMap(map));
        for (uint number = 0; number < 30_000; number++)
        {
            var text = Text(number);
            var (fast, list) = (new TextBuffer(), new TextBuffer());
            var changed = normalizer.Apply(View(text), fast);
            changed.ShouldBe(WithAList(reference, View(text), list), Encoding.UTF8.GetString(text));
            if (changed) Shown(fast, text).ShouldBe(Shown(list, text), Encoding.UTF8.GetString(text));
        }
    }

    private static byte[]? FindMap(System.Text.Json.JsonElement element)
    {
        if (element.TryGetProperty("precompiled_charsmap", out var map)) return map.GetBytesFromBase64();
        return element.TryGetProperty("normalizers", out var parts) ? parts.EnumerateArray().Select(FindMap).FirstOrDefault(static m => m is not null) : null;
    }

    /// <summary>The definition: cluster by cluster, all changes in a list.</summary>
    private static bool WithAList(CharacterMap map, TextBuffer from, TextBuffer to)
    {
        var (text, changes, modified) = (from.Span.ToArray(), new List<(int Scalar, int Change)>(), false);
        var clusters = StringInfo.GetTextElementEnumerator(Encoding.UTF8.GetString(text));
        while (clusters.MoveNext())
        {
            var cluster = Encoding.UTF8.GetBytes(clusters.GetTextElement());
            if (cluster.Length < 6 && Replace(cluster))
            {
                modified = true;
                continue;
            }

            foreach (var rune in clusters.GetTextElement().EnumerateRunes())
            {
                if (Replace(Encoding.UTF8.GetBytes(rune.ToString()))) modified = true;
                else changes.Add((rune.Value, 0));
            }
        }

        if (modified) to.Transform(from, changes);
        return modified;

        bool Replace(byte[] part)
        {
            if (!map.TryShortest(part, out var value)) return false;
            var content = Encoding.UTF8.GetString(map.Replacement(value)).EnumerateRunes().Select(static r => r.Value).ToList();
            var before = Utf8Text.Count(part);
            for (var i = 0; i < content.Count; i++) changes.Add((content[i], i < before ? 0 : 1));
            if (content.Count < before && changes.Count > 0) changes[^1] = (changes[^1].Scalar, changes[^1].Change + content.Count - before);
            return true;
        }
    }
}
