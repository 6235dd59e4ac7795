using System.Text;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Tokenizers.Tests.Tiktoken;

public sealed class RankFileTests
{
    private static readonly TiktokenEncoding s_encoding = new("small", @"\s+|\S+", new Dictionary<string, int> { ["<|end|>"] = 300, ["<|start|>"] = 301 });

    [Fact]
    public void ThePairOfTheLowestConcatenationIsJoinedFirst()
    {
        var tokenizer = Small();
        // ab has a lower rank than bc; abc is reached by ab + c, xyz by nothing, but found whole.
        tokenizer.EncodeToIds("abc").ShouldBe([258]);
        tokenizer.EncodeToIds("bcab").ShouldBe([257, 256]);
        tokenizer.EncodeToIds("xyz").ShouldBe([259]);
        tokenizer.EncodeToIds("xyza").ShouldBe(['x', 'y', 'z', 'a']);
    }

    [Fact]
    public void RanksComeBackAsTheyWere()
    {
        using var stream = new MemoryStream();
        Small().WriteTiktoken(stream);
        Encoding.ASCII.GetString(stream.ToArray()).ShouldBe(Text());
    }

    [Fact]
    public void AByteLevelTokenizerBecomesARankFileWithTheSameIds()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "c"), ("Ġ", "a"));
        using var stream = new MemoryStream();
        tokenizer.WriteTiktoken(stream);
        var again = Tokenizer.FromTiktoken(stream.ToArray(), TiktokenEncoding.R50kBase);
        foreach (var text in new[] { "abc ab", "  a\n", "é" }) again.EncodeToIds(text).ShouldBe(tokenizer.EncodeToIds(text));
    }

    [Fact]
    public void MergesThatRanksDoNotImplyAreRefused()
    {
        // ab stands before aa in the vocabulary, and behind it in the list of merges.
        string[] tokens = [.. Enumerable.Range(0, 256).Select(static b => char.ConvertFromUtf32(Text_(b))), "ab", "aa"];
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.Bpe(tokens, ["a a", "a b"]), preTokenizer: """{"type":"ByteLevel","add_prefix_space":false}""");
        Should.Throw<UnsupportedFeatureException>(() => tokenizer.WriteTiktoken(new MemoryStream())).Message.ShouldContain("order");
        var words = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]"));
        Should.Throw<UnsupportedFeatureException>(() => words.WriteTiktoken(new MemoryStream()));
    }

    [Theory]
    [InlineData("", "no token")]
    [InlineData("YQ==", "rank")]
    [InlineData("YQ== x", "rank")]
    [InlineData("YQ== -1", "rank")]
    [InlineData("YQ== 1 2", "rank")]
    [InlineData("Y? 1", "base64")]
    [InlineData("YQ== 1\nYQ== 2", "twice")]
    [InlineData("YQ== 1\nYg== 1", "twice")]
    [InlineData("YQ== 1", "byte 0x00")]
    public void WhatIsWrongIsRefusedByLine(string text, string reason) =>
        Should.Throw<MalformedInputException>(() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes(text), s_encoding)).Message.ShouldContain(reason);

    [Fact]
    public void AQuantifierThatEnginesReadInTwoWaysIsRefusedExceptInThePublishedPattern()
    {
        var published = TiktokenEncoding.Cl100kBase.Pattern.Replace(@"\p{N}{1,3}|", @"\p{N}{1,3}+|", StringComparison.Ordinal);
        published.ShouldNotBe(TiktokenEncoding.Cl100kBase.Pattern);
        var ranks = Encoding.ASCII.GetBytes(Text());
        Tokenizer.FromTiktoken(ranks, TiktokenEncoding.Cl100kBase with { Pattern = published }).EncodeToIds("12345").ShouldBe(['1', '2', '3', '4', '5']);
        Should.Throw<UnsupportedFeatureException>(() => Tokenizer.FromTiktoken(ranks, s_encoding with { Pattern = "a{1,2}+|." }));
    }

    [Fact]
    public void BoundsHold()
    {
        var longToken = Convert.ToBase64String(new byte[5_000]) + " 400\n";
        Should.Throw<ResourceLimitException>(() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes(Text() + longToken), s_encoding));
        Should.Throw<ResourceLimitException>(() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes(Text()), s_encoding, limits: new InputLimits { MaxVocabulary = 100 }));
        Should.Throw<ResourceLimitException>(() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes("YQ== 2000000000"), s_encoding));
        Should.Throw<MalformedInputException>(() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes(Text()), new TiktokenEncoding("clash", "x", new Dictionary<string, int> { ["<s>"] = 97 })));
    }

    [Fact]
    public void ControlTokensAreAllowedOneByOneOrRefused()
    {
        var tokenizer = Small();
        tokenizer.EncodeToIds("<|end|><|start|>").ShouldBe([300, 301]);
        var allowing = tokenizer.AllowingSpecials(["<|start|>", "<|other|>"]);
        var ids = allowing.EncodeToIds("<|end|><|start|>");
        ids[^1].ShouldBe(301);
        ids.ShouldNotContain(300);
        allowing.Decode([300]).ShouldBe("<|end|>");
        var refusal = Should.Throw<SpecialTokenInTextException>(() => tokenizer.RefuseSpecials("a<|end|>b"));
        (refusal.Token, refusal.Index).ShouldBe(("<|end|>", 1));
        tokenizer.RefuseSpecials("a<|end|>b", ["<|start|>"]);
        tokenizer.RefuseSpecials("plain");
    }

    [Fact]
    public void AnUnstableEndNamesEveryWayInWhichItMayGoOn()
    {
        var tokenizer = Small();
        var (stable, completions) = tokenizer.EncodeWithUnstable("bc ab");
        stable.ShouldBe([257, ' ']);
        completions.ShouldContain(c => c.SequenceEqual(new[] { 256 }));
        completions.ShouldContain(c => c.SequenceEqual(new[] { 258 })); // abc
        tokenizer.EncodeWithUnstable("").Completions.ShouldBeEmpty();
        tokenizer.EncodeWithUnstable("a<|end|>").Stable.ShouldBe(['a', 300]);
        Should.Throw<ResourceLimitException>(() => tokenizer.EncodeWithUnstable(new string('q', 2_000)));
    }

    private static Tokenizer Small() => Tokenizer.FromTiktoken(Encoding.ASCII.GetBytes(Text()), s_encoding);

    private static string Text()
    {
        var text = new StringBuilder();
        for (var b = 0; b < 256; b++) text.Append(Convert.ToBase64String([(byte)b])).Append(' ').Append(b).Append('\n');
        foreach (var (token, i) in new[] { "ab", "bc", "abc", "xyz" }.Select(static (t, i) => (t, i))) text.Append(Convert.ToBase64String(Encoding.ASCII.GetBytes(token))).Append(' ').Append(256 + i).Append('\n');
        return text.ToString();
    }

    private static int Text_(int b) => Tokenizers.Text.ByteAlphabet.CharacterOf((byte)b);
}
