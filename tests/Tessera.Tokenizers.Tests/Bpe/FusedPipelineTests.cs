using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Tests.Bpe;

/// <summary>The fused pipelines against the parts one after the other, on random vocabularies and hostile texts.</summary>
public sealed class FusedPipelineTests
{
    private const string Hostile = "aaaa\u0007Bbzéé\u0301\u01C5ſ''sStTrReEvVlLdDmM09½٣\u2167    \t\r\n\n\u00A0\u0085\u200B\u3000.,!/-_<中中あア・゛\u3099한😀\U0001D7D8\U00010400\uFFFD\0\u001C\U00011DE3";

    public static TheoryData<string> Patterns() => [KnownPatterns.Gpt2, KnownPatterns.Cl100k, KnownPatterns.Qwen2, KnownPatterns.O200k, KnownPatterns.Tekken];

    public static TheoryData<string, string> SentencePieces()
    {
        const string replace = """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""";
        const string split = """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""";
        var data = new TheoryData<string, string>
        {
            { $$"""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{{replace}}]}""", "null" },
            { replace, split },
            { replace, "null" },
        };
        foreach (var scheme in (string[])["always", "first", "never"])
        {
            foreach (var splits in (string[])["true", "false"]) data.Add("null", $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{splits}}}""");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void OnBytesTheTokensAreThoseOfTheParts(string pattern)
    {
        var preTokenizer = $$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(pattern)}}},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
        OnBytes(preTokenizer);
    }

    [Fact]
    public void DigitsByThemselvesAreThoseOfTheParts() =>
        OnBytes("""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""");

    [Fact]
    public void ThreePatternsOneAfterTheOtherAreThoseOfTheParts()
    {
        string Split(string pattern) => $$"""{"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(pattern)}}},"behavior":"Isolated","invert":false}""";
        var main = KnownPatterns.DeepSeekMain.Replace(@"\r", "\r").Replace(@"\n", "\n");
        const string bytes = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
        var (digits, runs, rest) = (Split(@"\p{N}{1,3}"), Split(KnownPatterns.DeepSeekCjk), Split(main));
        // In a sequence of their own the first two are not seen to belong to the third.
        OnBytes($$"""{"type":"Sequence","pretokenizers":[{{digits}},{{runs}},{{rest}},{{bytes}}]}""", $$"""{"type":"Sequence","pretokenizers":[{"type":"Sequence","pretokenizers":[{{digits}},{{runs}}]},{{rest}},{{bytes}}]}""");
    }

    private static void OnBytes(string preTokenizer, string? asParts = null)
    {
        for (uint seed = 0; seed < 8; seed++)
        {
            var vocabulary = ByteVocabulary(seed, complete: seed % 3 != 2);
            Compare(vocabulary, seed % 2 == 0 ? "\"unk_token\":null" : "\"unk_token\":null,\"ignore_merges\":true", "null", preTokenizer, seed, expectFused: true, asParts);
        }
    }

    [Theory]
    [MemberData(nameof(SentencePieces))]
    public void OnBlanksTheTokensAreThoseOfTheParts(string normalizer, string preTokenizer)
    {
        for (uint seed = 0; seed < 8; seed++)
            Compare(CharacterVocabulary(seed), "\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":true", normalizer, preTokenizer, seed, expectFused: true);
    }

    [Fact]
    public void WhatCannotFallBackToEveryByteIsLeftToTheParts()
    {
        var (tokens, merges) = CharacterVocabulary(1);
        tokens.Remove("<0xF4>");
        Compare((tokens, merges), "\"unk_token\":\"<unk>\",\"byte_fallback\":true", """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", "null", 1, expectFused: false);
    }

    [Fact]
    public void CountingAllocatesNothing()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("Ġ", "a"), ("ab", "ab"));
        var text = string.Concat(Enumerable.Repeat("ab ab aab ba\nabab, x1 é ", 2_000));
        var utf8 = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < 3; i++) tokenizer.CountTokens(utf8).ShouldBe(tokenizer.CountTokens(text));
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.CountTokens(utf8);
        tokenizer.CountTokens(text);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Compare((List<string> Tokens, List<string> Merges) vocabulary, string settings, string normalizer, string preTokenizer, uint seed, bool expectFused, string? asParts = null)
    {
        Tokenizer With(string cutter, long fuseAfter) => new(TinyTokenizers.Of(
            TinyTokenizers.Bpe([.. vocabulary.Tokens], [.. vocabulary.Merges], settings), normalizer, cutter, addedTokens: $"[{TinyTokenizers.Added(vocabulary.Tokens.Count, "<a>")}]").Parts, fuseAfter);

        var (fused, parts) = (With(preTokenizer, 0), With(asParts ?? preTokenizer, long.MaxValue));
        fused.IsFused.ShouldBe(expectFused);
        for (uint n = 0; n < 120; n++)
        {
            // Long texts now and then, for windows; the same tokenizer throughout, so that the cache warms.
            var text = RandomText(seed, n, n % 20 == 0 ? 4_000 : 70) + (n % 7 == 0 ? "<a> a<a>" : "");
            var (one, other) = (fused.Encode(text), parts.Encode(text));
            var said = JsonSerializer.Serialize(text.Length > 200 ? text[..200] : text);
            one.Ids.ShouldBe(other.Ids, said);
            one.Offsets.ShouldBe(other.Offsets, said);
            one.WordIds.ShouldBe(other.WordIds, said);
            fused.EncodeToIds(text).ShouldBe(other.Ids, said);
            fused.CountTokens(text).ShouldBe(other.Ids.Length, said);
        }
    }

    private static string RandomText(uint seed, uint n, int most)
    {
        var alphabet = Hostile.EnumerateRunes().ToArray();
        var key = new RandomKey(11, seed, n, RandomPurpose.Tokenize);
        var builder = new StringBuilder();
        // Few different characters make long runs, many make rare neighbours.
        var different = 1 + key.Below(n % 3 == 0 ? 3 : 12, 100_000);
        for (uint i = 0; i < key.Below(most, 100_001); i++) builder.Append(alphabet[key.Below(alphabet.Length, 200_000 + (uint)key.Below(different, i))].ToString());
        return builder.ToString();
    }

    private static (List<string> Tokens, List<string> Merges) ByteVocabulary(uint seed, bool complete)
    {
        var key = new RandomKey(13, seed, 0, RandomPurpose.Tokenize);
        var tokens = Enumerable.Range(0, 256).Where(b => complete || b is not ('z' or 0xA9 or 0x1C)).Select(static b => char.ConvertFromUtf32(ByteAlphabet.CharacterOf((byte)b))).ToList();
        // Merges of bytes that follow each other in such texts, so that some apply.
        var parts = Encoding.UTF8.GetBytes(Hostile).Select(static b => char.ConvertFromUtf32(ByteAlphabet.CharacterOf(b))).Where(tokens.Contains).ToList();
        return (tokens, RandomMerges(tokens, parts, key));
    }

    private static (List<string> Tokens, List<string> Merges) CharacterVocabulary(uint seed)
    {
        var key = new RandomKey(17, seed, 0, RandomPurpose.Tokenize);
        var tokens = new List<string> { "<unk>" };
        tokens.AddRange(Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>"));
        var parts = Hostile.Replace(' ', '▁').EnumerateRunes().Select(static r => r.ToString()).Where((c, i) => c is "▁" or "a" || key.Below(3, 10_000 + (uint)i) > 0).ToList();
        tokens.AddRange(parts.Distinct());
        return (tokens, RandomMerges(tokens, parts, key));
    }

    private static List<string> RandomMerges(List<string> tokens, List<string> parts, RandomKey key)
    {
        var merges = new List<string>();
        for (uint i = 0; i < 60; i++)
        {
            var (left, right) = (parts[key.Below(parts.Count, 2 * i)], parts[key.Below(parts.Count, 2 * i + 1)]);
            if (merges.Contains($"{left} {right}") || left.Contains(' ') || (left + right).Length > 40) continue;
            merges.Add($"{left} {right}");
            if (tokens.Contains(left + right)) continue;
            tokens.Add(left + right);
            parts.Add(left + right);
        }

        // Ranks in any order: a merge may come before those that make its parts.
        if (key.Below(2, 5_000) == 0) merges = [.. merges.OrderBy(m => key.Below(1_000, 6_000 + (uint)m.Length))];
        return merges;
    }
}
