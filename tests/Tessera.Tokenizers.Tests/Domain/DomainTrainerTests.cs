using Tessera.Tokenizers.Domain;

namespace Tessera.Tokenizers.Tests.Domain;

public sealed class DomainTrainerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Repeat("The court held in 1998 that section 12345 applies. Ünder §5 x10y.", 30)];

    [Fact]
    public void HandPickedTokensStandBesideLearntOnesAndTheRestIsFilled()
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 1_600, Groups = CustomTokenGroups.Numbers | CustomTokenGroups.Whitespace, Terms = ["section"] }).Train(s_texts);
        System.Numerics.BitOperations.IsPow2(tokenizer.VocabularySize).ShouldBeTrue();
        tokenizer.IdToToken(0).ShouldBe("<|start|>");
        tokenizer.IdToToken(tokenizer.VocabularySize - 1)!.ShouldStartWith("<|reserved_");
        Pieces(tokenizer, "12345").ShouldBe(["123", "45"]);
        Pieces(tokenizer, "x10y").ShouldBe(["x", "10", "y"]);
        Pieces(tokenizer, "intersection").ShouldContain("section");
        tokenizer.Decode(tokenizer.EncodeToIds("a\n\n\nb  c", EncodeOptions.PlainText)).ShouldBe("a\n\n\nb  c");
    }

    [Fact]
    public void SingleWordsMatchOnlyAlone()
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 400, Terms = ["section"], SingleWord = true, Pad = false }).Train(s_texts);
        Pieces(tokenizer, "intersections").ShouldNotContain("section");
        Pieces(tokenizer, "a section b").ShouldContain("section");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TokensOfCharactersStayShort(int most)
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 512, MaxTokenLength = most, MinFrequency = 1 }).Train([.. s_texts, .. Enumerable.Repeat("ψυχή ψυχής \U0001F600\U0001F601", 9)]);
        var specials = tokenizer.AddedTokens.Select(static t => t.Id).ToHashSet();
        var tokens = Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !specials.Contains(id)).Select(id => tokenizer.TokenBytes(id).ToArray()).ToList();
        tokens.Max(static t => t.Count(static b => (b & 0xC0) != 0x80)).ShouldBe(most);
        tokens.Max(static t => t.Length).ShouldBeGreaterThanOrEqualTo(Math.Max(4, 2 * most)); // letters of two bytes count once, and a character of four is a token
        const string odd = "\u0001ÿ語\U0001F600";
        tokenizer.Decode(tokenizer.EncodeToIds(odd, EncodeOptions.PlainText)).ShouldBe(odd);
    }

    [Fact]
    public void LengthsMayBeCountedInBytes()
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 512, MaxTokenLength = 3, LengthInBytes = true, MinFrequency = 1 }).Train([.. s_texts, .. Enumerable.Repeat("ψυχή", 9)]);
        var specials = tokenizer.AddedTokens.Select(static t => t.Id).ToHashSet();
        Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !specials.Contains(id)).Max(id => tokenizer.TokenBytes(id).Length).ShouldBe(3);
    }

    [Fact]
    public void SmallLettersAreMadeOfAllText()
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 300, Lowercase = true, Terms = ["COURT"], Pad = false }).Train(s_texts);
        tokenizer.TokenToId("court").ShouldNotBeNull();
        tokenizer.Decode(tokenizer.EncodeToIds("The COURT", EncodeOptions.PlainText)).ShouldBe("the court");
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedWithNumbers()
    {
        var message = Should.Throw<ArgumentException>(() => new DomainTrainer(new DomainTrainerOptions { VocabularySize = 500, Groups = CustomTokenGroups.Numbers })).Message;
        message.ShouldContain("13");
        message.ShouldContain("990");
        message.ShouldContain("256");
        Should.Throw<ArgumentException>(() => new DomainTrainer(new DomainTrainerOptions { Terms = ["<|pad|>"] }));
        Should.Throw<ArgumentException>(() => new DomainTrainer(new DomainTrainerOptions { MaxTokenLength = 0 }));
    }

    private static string[] Pieces(Tokenizer tokenizer, string text) => [.. tokenizer.EncodeToTokens(text, EncodeOptions.PlainText).Select(t => text[t.Offset])];
}
