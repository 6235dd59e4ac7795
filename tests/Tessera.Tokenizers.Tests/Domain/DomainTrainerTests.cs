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

    [Fact]
    public void TokensOfCharactersStayShort()
    {
        var tokenizer = new DomainTrainer(new DomainTrainerOptions { VocabularySize = 512, MaxTokenBytes = 3, MinFrequency = 1 }).Train(s_texts);
        var specials = tokenizer.AddedTokens.Select(static t => t.Id).ToHashSet();
        Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !specials.Contains(id)).Max(id => tokenizer.TokenBytes(id).Length).ShouldBe(3);
        const string odd = "\u0001ÿ語\U0001F600";
        tokenizer.Decode(tokenizer.EncodeToIds(odd, EncodeOptions.PlainText)).ShouldBe(odd);
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
        Should.Throw<ArgumentException>(() => new DomainTrainer(new DomainTrainerOptions { MaxTokenBytes = 0 }));
    }

    private static string[] Pieces(Tokenizer tokenizer, string text) => [.. tokenizer.EncodeToTokens(text, EncodeOptions.PlainText).Select(t => text[t.Offset])];
}
