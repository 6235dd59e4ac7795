using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Tests.Files;

public sealed class GgufTokenizerTests
{
    private static readonly string[] s_alphabet = [.. Enumerable.Range(0, 256).Select(static b => char.ConvertFromUtf32(Tessera.Tokenizers.Text.ByteAlphabet.CharacterOf((byte)b)))];

    private static readonly GgufVocabulary s_bytes = new()
    {
        Model = "gpt2",
        Pre = "gpt-2",
        Tokens = [.. s_alphabet, "ab", "<eos>", "<user>"],
        TokenTypes = [.. Enumerable.Repeat(1, 257), 3, 4],
        Merges = ["a b"],
        BosTokenId = 257,
        EosTokenId = 257,
    };

    private static readonly GgufVocabulary s_pieces = new()
    {
        Model = "llama",
        Tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(static b => $"<0x{b:X2}>"), "▁", "a", "b", "▁a", "ab", "xy"],
        TokenTypes = [2, 3, 3, .. Enumerable.Repeat(6, 256), 1, 1, 1, 1, 1, 1],
        Scores = [0, 0, 0, .. Enumerable.Repeat(0f, 256), -10, -11, -12, -1, -2, -3],
    };

    [Fact]
    public void ControlTokensAreParsedOrTextAndUserDefinedOnesAlwaysFound()
    {
        var tokenizer = Tokenizer.FromGguf(s_bytes);
        tokenizer.EncodeToIds("ab<eos><user>").ShouldBe([256, 257, 258]);
        var plain = tokenizer.EncodeToIds("ab<eos><user>", EncodeOptions.PlainText);
        plain.ShouldNotContain(257);
        plain.ShouldContain(258);
    }

    [Fact]
    public void ABosIsPutInWhereTheFileSaysSo()
    {
        Tokenizer.FromGguf(s_bytes with { AddBosToken = true }).EncodeToIds("ab").ShouldBe([257, 256]);
        Tokenizer.FromGguf(s_bytes with { Pre = "llama-bpe" }).EncodeToIds("ab").ShouldBe([257, 256]);
        Tokenizer.FromGguf(s_bytes).EncodeToIds("ab").ShouldBe([256]);
    }

    [Fact]
    public void TheHighestScoreIsJoinedFirst()
    {
        var tokenizer = Tokenizer.FromGguf(s_pieces);
        tokenizer.EncodeToTokens("ab").Select(static t => t.Value).ShouldBe(["<s>", "▁a", "b"]);
        tokenizer.Decode(tokenizer.EncodeToIds("ab é"), skipSpecialTokens: true).ShouldBe("ab é");
    }

    [Fact]
    public void CharactersThatAreNoPiecesJoinToOneOrFallBackToBytes()
    {
        var tokenizer = Tokenizer.FromGguf(s_pieces with { AddBosToken = false });
        tokenizer.EncodeToTokens("xyx").Select(static t => t.Value).ShouldBe(["▁", "xy", "<0x78>"]);
        tokenizer.Decode(tokenizer.EncodeToIds("xyx")).ShouldBe("xyx");
    }

    [Fact]
    public void WordPieceMarksAreTurnedRound()
    {
        var tokenizer = Tokenizer.FromGguf(new GgufVocabulary
        {
            Model = "bert",
            Tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁play", "ing"],
            TokenTypes = [3, 2, 3, 3, 1, 1],
            ClsTokenId = 2,
            SeparatorTokenId = 3,
            UnknownTokenId = 1,
            PaddingTokenId = 0,
        });
        tokenizer.EncodeToIds("Playing xyz").ShouldBe([2, 4, 5, 1, 3]);
        tokenizer.Decode([4, 5]).ShouldBe("playing");
    }

    [Fact]
    public void UnigramTakesTheBestSum()
    {
        var tokenizer = Tokenizer.FromGguf(new GgufVocabulary
        {
            Model = "t5",
            Tokens = ["<pad>", "</s>", "<unk>", "▁", "a", "b", "▁ab"],
            TokenTypes = [3, 3, 2, 1, 1, 1, 1],
            Scores = [0, 0, 0, -2, -3, -3.5f, -5],
        });
        tokenizer.EncodeToIds(" ab  ab ").ShouldBe([6, 6, 1]);
        tokenizer.Decode([6, 6]).ShouldBe("ab ab");
    }

    [Fact]
    public void WhatIsNotKnownIsRefusedByName()
    {
        Should.Throw<UnsupportedFeatureException>(static () => Tokenizer.FromGguf(s_bytes with { Model = "rwkv" })).Message.ShouldContain("rwkv");
        Should.Throw<UnsupportedFeatureException>(static () => Tokenizer.FromGguf(s_bytes with { Pre = "brand-new" })).Message.ShouldContain("brand-new");
    }

    [Fact]
    public void ContradictionsAreRefused()
    {
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { Tokens = [] }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { TokenTypes = [1] }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { Tokens = [.. s_alphabet, "ab", "ab", "<user>"] }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { Merges = ["a"] }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { Merges = ["a c"] }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_bytes with { EosTokenId = 9_999 }));
        Should.Throw<MalformedInputException>(static () => Tokenizer.FromGguf(s_pieces with { Scores = null }));
        Should.Throw<ResourceLimitException>(static () => Tokenizer.FromGguf(s_bytes, limits: new InputLimits { MaxVocabulary = 100 }));
    }
}
