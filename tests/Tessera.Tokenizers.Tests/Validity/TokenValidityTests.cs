using System.Text;

namespace Tessera.Tokenizers.Tests.Validity;

public sealed class TokenValidityTests
{
    private const string Pattern = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";
    private const string NoPattern = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";

    [Theory]
    [InlineData(1, "ab", 12)]
    [InlineData(2, "ab", 20)]
    [InlineData(3, "abc", 25)]
    [InlineData(4, "abcd", 40)]
    [InlineData(5, "a", 6)]
    public void NeighboursDecideAsEncodingThemAgainDoes(ulong seed, string alphabet, int merges)
    {
        var tokenizer = Random(seed, alphabet, merges, NoPattern);
        var validity = TokenValidity.Of(tokenizer);
        for (var left = 0; left < tokenizer.VocabularySize; left++)
        {
            IsItself(tokenizer, left).ShouldBe(validity.IsReachable(left));
            if (!validity.IsReachable(left)) continue;
            for (var right = 0; right < tokenizer.VocabularySize; right++)
            {
                if (!validity.IsReachable(right)) continue;
                var expected = IsItself(tokenizer, left, right);
                validity.StandApart(left, right).ShouldBe(expected, $"{tokenizer.IdToToken(left)} {tokenizer.IdToToken(right)}");
                validity.CanFollow(validity.Extend(validity.Beginning, left), right).ShouldBe(expected);
            }
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void TokensOfATextFollowOneAnother(ulong seed)
    {
        var tokenizer = Random(seed, "ab 1'sn\n", 40, Pattern);
        var validity = TokenValidity.Of(tokenizer);
        for (uint i = 0; i < 200; i++)
        {
            var key = new RandomKey(seed, 1, i, RandomPurpose.Sample);
            var text = string.Concat(Enumerable.Range(0, 1 + key.Below(12)).Select(at => "ab 1'sn\n"[key.Below(8, (uint)at + 1)]));
            var tail = validity.Beginning;
            foreach (var token in tokenizer.EncodeToIds(text))
            {
                validity.CanFollow(tail, token).ShouldBeTrue(text);
                tail = validity.Extend(tail, token);
            }
        }
    }

    [Fact]
    public void WhatComesNextDecidesAboutBlanks()
    {
        // GPT-2's pattern leaves a run's last blank to the word that follows.
        var tokenizer = Of(["a", "\u0120", "\u0120\u0120", "\u0120\u0120\u0120", "\u0120a"], [("\u0120", "\u0120"), ("\u0120\u0120", "\u0120"), ("\u0120", "a")], Pattern);
        var validity = TokenValidity.Of(tokenizer);
        bool Valid(params int[] list)
        {
            var tail = validity.Beginning;
            foreach (var token in list)
            {
                if (!validity.CanFollow(tail, token)) return false;
                tail = validity.Extend(tail, token);
            }

            return true;
        }

        Valid(0, 3).ShouldBeTrue();      // a text that ends there
        Valid(0, 2, 4).ShouldBeTrue();   // "a", two blanks, " a"
        Valid(0, 3, 0).ShouldBeFalse();  // the third blank would belong to the word
        Valid(0, 1, 1, 4).ShouldBeFalse();
        Valid(0, 2, 1).ShouldBeTrue();   // before a letter that makes no token with the blank
        Valid(0, 2, 1, 0).ShouldBeFalse(); // this one does
        Valid(0, 2, 1, 1).ShouldBeFalse();

        // The run's blanks would be joined with the word's if the pattern did not cut between them.
        var run = validity.Extend(validity.Extend(validity.Beginning, 0), 2);
        validity.StandApart(2, 4).ShouldBeFalse();
        validity.NeighbourAllows(run, 4).ShouldBeTrue();
        for (var token = 1; token < 5; token++) validity.NeighbourAllows(run, token).ShouldBe(validity.CanFollow(run, token));
    }

    [Fact]
    public void APieceThatIsATokenIsThatToken()
    {
        var tokenizer = TinyTokenizers.Of(
            TinyTokenizers.Bpe(["a", "b", "c", "ab", "abc"], ["a b"], "\"unk_token\":null,\"ignore_merges\":true"), preTokenizer: Pattern, decoder: Pattern);
        var validity = TokenValidity.Of(tokenizer);
        validity.IsReachable(4).ShouldBeTrue(); // as a whole piece, though no merges make it
        validity.CanFollow(validity.Extend(validity.Beginning, 3), 2).ShouldBeTrue(); // "ab", "c" begins a longer piece, abca
        tokenizer.EncodeToIds("abca").ShouldBe([3, 2, 0]);
        validity.CanFollow(validity.Extend(validity.Beginning, 4), 0).ShouldBeFalse();
    }

    [Fact]
    public void TokenizersThatChangeTheirTextAreRefused()
    {
        var lower = TinyTokenizers.Of(TinyTokenizers.Bpe(["i", "t"], []), normalizer: """{"type":"Lowercase"}""", preTokenizer: Pattern, decoder: Pattern);
        Should.Throw<UnsupportedFeatureException>(() => TokenValidity.Of(lower)).Message.ShouldContain("changes its text");
        Should.Throw<UnsupportedFeatureException>(() => TokenValidity.Of(TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "a"))));
    }

    private static bool IsItself(Tokenizer tokenizer, params int[] list) => tokenizer.EncodeToIds(tokenizer.DecodeToBytes(list)).AsSpan().SequenceEqual(list);

    private static Tokenizer Random(ulong seed, string alphabet, int merges, string pattern)
    {
        var tokens = alphabet.Select(static c => c switch { ' ' => "\u0120", '\n' => "\u010a", _ => c.ToString() }).ToList();
        var pairs = new List<(string, string)>();
        for (uint draw = 0; pairs.Count < merges && draw < 10_000; draw++)
        {
            var key = new RandomKey(seed, 0, draw, RandomPurpose.Initialise);
            var (left, right) = (tokens[key.Below(tokens.Count)], tokens[key.Below(tokens.Count, 1)]);
            if (pairs.Contains((left, right)) || (left + right).Length > 8) continue;
            if (!tokens.Contains(left + right)) tokens.Add(left + right);
            pairs.Add((left, right));
        }

        return Of([.. tokens], [.. pairs], pattern);
    }

    private static Tokenizer Of(string[] tokens, (string Left, string Right)[] merges, string pattern) =>
        TinyTokenizers.Of(TinyTokenizers.Bpe(tokens, [.. merges.Select(static m => m.Left + " " + m.Right)]), preTokenizer: pattern, decoder: pattern);
}
