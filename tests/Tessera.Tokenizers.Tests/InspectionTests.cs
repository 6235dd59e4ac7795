namespace Tessera.Tokenizers.Tests;

/// <summary>Merge trees, kinds of tokens, summaries.</summary>
public sealed class InspectionTests
{
    [Fact]
    public void TheMergesOfATokenAreThoseThatMakeItOutOfText()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "ab"));
        var tree = tokenizer.MergeTreeOf(tokenizer.TokenToId("abab")!.Value)!;
        (tree.Rank, tree.Left!.Rank, tree.Right!.Rank).ShouldBe((1, 0, 0));
        tree.Left.Left!.ShouldBe(new MergeTree("a", tokenizer.TokenToId("a")!.Value));
        tokenizer.MergeTreeOf(99_999).ShouldBeNull();
    }

    [Fact]
    public void AffixesBelongToTheFirstAndTheLastCharacter()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.Bpe(["a", "b", "a</w>", "b</w>", "ab</w>", "xy"], ["a b</w>"], "\"unk_token\":null,\"end_of_word_suffix\":\"</w>\""));
        var tree = tokenizer.MergeTreeOf(4)!;
        (tree.Left!.Token, tree.Right!.Token).ShouldBe(("a", "b</w>"));
        tokenizer.MergeTreeOf(5).ShouldBeNull(); // no merges lead there
    }

    [Fact]
    public void SettingsThatAreNoTextAreShownAsSuch()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]"), normalizer: """{"type":"NFC","x":"\ud800"}""");
        tokenizer.Summarize().Steps.Single().Description.ShouldBe("NFC(x=\uFFFD)");
        using var stream = new MemoryStream();
        Tessera.Tokenizers.Files.TokenizerJsonWriter.Write(tokenizer, stream); // and written as they were
        Tokenizer.FromJson(stream.ToArray()).Summarize().Steps.ShouldBe(tokenizer.Summarize().Steps);
    }

    [Fact]
    public void ANameThatIsNoTextIsRefused() =>
        Should.Throw<MalformedInputException>(() => TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]"), normalizer: """{"type":"NFC","\udc00":1}"""));

    [Fact]
    public void TokensHaveKinds()
    {
        var tokenizer = TinyTokenizers.Of(
            TinyTokenizers.Bpe(["<unk>", "a", "<0x41>"], [], "\"unk_token\":\"<unk>\",\"byte_fallback\":true"),
            decoder: """{"type":"ByteFallback"}""",
            addedTokens: $"[{TinyTokenizers.Added(3, "<s>", special: true)},{TinyTokenizers.Added(4, "word")}]");
        Enumerable.Range(0, 6).Select(tokenizer.KindOf).ShouldBe([TokenKind.Unknown, TokenKind.Normal, TokenKind.Byte, TokenKind.Special, TokenKind.Added, TokenKind.None]);
        var summary = tokenizer.Summarize();
        (summary.Model, summary.AddedCount, summary.SpecialCount, summary.MergeCount).ShouldBe(("BPE (byte_fallback)", 2, 1, 0));
        summary.Steps.Single().ShouldBe(("decoder", "ByteFallback()"));
    }
}
