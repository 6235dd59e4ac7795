using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Tests.SentencePiece;

/// <summary>A SentencePiece model as a tokenizer like any other.</summary>
public sealed class SentencePiecePipelineTests
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4;

    private static readonly (string, float, int)[] s_pieces =
        [("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -2, Normal), ("a", -3, Normal), ("b", -3.5f, Normal), ("▁ab", -5.5f, Normal), ("<x>", 0, UserDefined)];

    [Fact]
    public void IdsPlacesAndTextAreTheLibrarysAndControlTokensAreFound()
    {
        var tokenizer = Tokenizer.FromSentencePiece(SentencePieceTokenizerTests.Model(1, s_pieces));
        var tokens = tokenizer.EncodeToTokens(" ab  <x>é\u00e9 b</s>");
        tokens.Select(static t => t.Id).ShouldBe([6, 3, 7, 0, 3, 5, 2]);
        tokens[0].Offset.ShouldBe(1..3);
        tokens[3].Value.ShouldBe("éé");
        tokenizer.Decode([6, 3, 7, 5, 2], skipSpecialTokens: true).ShouldBe("ab <x>b");
        tokenizer.SpecialTokens.EndOfSequence.ShouldBe(2);
        tokenizer.EncodeToIds("</s>", EncodeOptions.PlainText).ShouldNotContain(2);
        tokenizer.TokenBytes(6).ToArray().ShouldBe(" ab"u8.ToArray());
    }

    [Fact]
    public void WhatTokenizerJsonCannotExpressIsRefusedByName()
    {
        var refusal = Should.Throw<UnsupportedFeatureException>(() => TokenizerJsonWriter.Write(Tokenizer.FromSentencePiece(SentencePieceTokenizerTests.Model(1, s_pieces)), new MemoryStream()));
        refusal.Message.ShouldContain("Unigram");
    }
}
