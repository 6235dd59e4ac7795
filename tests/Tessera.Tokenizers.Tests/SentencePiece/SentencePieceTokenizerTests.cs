using System.Buffers.Binary;
using System.Text;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Tokenizers.Tests.SentencePiece;

public sealed class SentencePieceTokenizerTests
{
    private const int Unigram = 1, Bpe = 2, Word = 3, Character = 4;
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Bytes = 6;

    private static readonly (string, float, int)[] s_pieces =
    [
        ("<unk>", 0, Unknown), ("<s>", 0, Control), ("</s>", 0, Control), ("▁", -2, Normal), ("a", -3, Normal), ("b", -3.5f, Normal), ("ab", -4, Normal), ("▁ab", -5.5f, Normal),
        ("c", -6, Normal), ("abc", -9, Normal), ("<x>", 0, UserDefined),
    ];

    [Fact]
    public void TheBestSegmentationIsTakenAndUnknownTextIsOnePiece()
    {
        var model = Read(Model(Unigram, s_pieces));
        Pieces(model, "abc").ShouldBe(["▁", "abc"]); // -11 against -11.5
        Pieces(model, "abxyb").ShouldBe(["▁ab", "xy", "b"]);
        Pieces(model, "  ba   ab ").ShouldBe(["▁", "b", "a", "▁ab"]);
        model.EncodeToIds("ab", addBegin: true, addEnd: true).ShouldBe([1, 7, 2]);
        model.Decode([1, 7, 0, 3, 4, 2]).ShouldBe("ab \u2047  a");
    }

    [Fact]
    public void TheBestFewComeInOrderAndTheFirstIsTheOneThatIsTaken()
    {
        var model = Read(Model(Unigram, s_pieces));
        var best = model.EncodeBest("abc", 10);
        best[0].Ids.ShouldBe(model.EncodeToIds("abc"));
        best.Select(static b => b.Score).ShouldBeInOrder(SortDirection.Descending);
        best.Count.ShouldBe(4); // ▁ abc, ▁ab c, ▁ ab c, ▁ a b c
        best.Select(static b => string.Join(' ', b.Ids)).ShouldBeUnique();
        model.EncodeBest("abc", 2).Count.ShouldBe(2);
        Should.Throw<NotSupportedException>(static () => Read(Model(Bpe, s_pieces)).EncodeBest("a", 1));
        Should.Throw<ArgumentOutOfRangeException>(() => model.EncodeBest("a", 0));
    }

    [Theory]
    [InlineData(Unigram)]
    [InlineData(Bpe)]
    [InlineData(Character)]
    public void UserDefinedPiecesAreTakenWhereverTheyStand(int algorithm) => Pieces(Read(Model(algorithm, s_pieces)), "a<x>b").ShouldContain("<x>");

    [Fact]
    public void NeighboursOfTheHighestScoreAreJoinedFirstAndUnusedPiecesTakenApart()
    {
        (string, float, int)[] pieces = [("<unk>", 0, Unknown), ("▁", -9, Normal), ("a", -9, Normal), ("b", -9, Normal), ("c", -9, Normal), ("ab", -2, Unused), ("bc", -3, Normal), ("abc", -1, Normal)];
        Pieces(Read(Model(Bpe, pieces)), "abc").ShouldBe(["▁", "abc"]);
        Pieces(Read(Model(Bpe, pieces)), "abb").ShouldBe(["▁", "a", "b", "b"]);
    }

    [Fact]
    public void WordsAndCharactersAreCutAsTheyStand()
    {
        Pieces(Read(Model(Word, s_pieces)), "ab ab c").ShouldBe(["▁ab", "▁ab", "▁c"]);
        Pieces(Read(Model(Character, s_pieces)), "ab c").ShouldBe(["▁", "a", "b", "▁", "c"]);
    }

    [Fact]
    public void UnknownTextFallsBackToBytesAndBackAgain()
    {
        (string, float, int)[] pieces = [.. s_pieces, .. Enumerable.Range(0, 256).Select(static b => ($"<0x{b:X2}>", 0f, Bytes))];
        var model = Read(Model(Unigram, pieces, byteFallback: true));
        var tokens = model.EncodeToPieces("aé");
        tokens.Select(static t => t.Piece).ShouldBe(["▁", "a", "<0xC3>", "<0xA9>"]);
        tokens[^1].ShouldBe(new SentencePieceToken(tokens[^1].Id, "<0xA9>", "é", 1, 3));
        model.Decode(tokens.Select(static t => t.Id)).ShouldBe("aé");
        model.Decode([tokens[^1].Id, tokens[^1].Id]).ShouldBe("\uFFFD\uFFFD");
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, s_pieces, byteFallback: true)));
    }

    [Fact]
    public void PlacesAreBytesOfTheText() => Read(Model(Unigram, s_pieces)).EncodeToPieces(" é ab").Select(static t => (t.Piece, t.Surface, t.Start, t.End))
        .ShouldBe([("▁", "", 1, 1), ("é", "é", 1, 3), ("▁ab", " ab", 3, 6)]);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\ud800")]
    [InlineData("👩‍👩‍👧 漢字 \u0000 \t\n")]
    public void AnyTextIsCutAndCovered(string text)
    {
        foreach (var algorithm in (ReadOnlySpan<int>)[Unigram, Bpe, Word, Character])
        {
            var model = Read(Model(algorithm, s_pieces));
            string.Concat(Pieces(model, text)).ShouldBe(model.Normalize(text));
        }
    }

    [Fact]
    public void BrokenFilesAreRefusedByType()
    {
        Should.Throw<MalformedInputException>(static () => Read([])); // no piece at all
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, [("a", 0, Normal)]))); // no unknown one
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, [("<unk>", 0, Unknown), ("a", 0, Normal), ("a", 0, Normal)])));
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, [("<unk>", 0, Unknown), ("", 0, Normal)])));
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, [("<unk>", 0, Unknown), ("a", float.NaN, Normal)])));
        Should.Throw<MalformedInputException>(static () => Read(Model(Unigram, [("<unk>", 0, Unknown), ("a", 0, 9)])));
        Should.Throw<MalformedInputException>(static () => Read(Model(7, s_pieces)));
        Should.Throw<MalformedInputException>(static () => Read([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])); // a length beyond the end
        Should.Throw<ResourceLimitException>(static () => SentencePieceTokenizer.Read(Model(Unigram, s_pieces), limits: new InputLimits { MaxVocabulary = 5 }));
        var model = Read(Model(Unigram, s_pieces));
        Should.Throw<ArgumentOutOfRangeException>(() => model.Decode([99]));
        Should.Throw<ArgumentOutOfRangeException>(() => model.IdToPiece(-1));
    }

    [Fact]
    public void AFileWithAnyByteChangedOrCutIsReadOrRefused()
    {
        var whole = Model(Unigram, s_pieces, map: [4, 0, 0, 0, 0, 1, 0, 0, (byte)'x', 0]);
        for (var at = 0; at < whole.Length; at++)
        {
            Try(whole[..at]);
            foreach (var flip in (ReadOnlySpan<byte>)[1, 0x80, 0xFF])
            {
                byte[] changed = [.. whole];
                changed[at] ^= flip;
                Try(changed);
            }
        }

        static void Try(byte[] bytes)
        {
            try
            {
                Read(bytes).EncodeToPieces("ab c <x> é").ShouldNotBeNull();
            }
            catch (TesseraException e)
            {
                e.Message.ShouldNotBeEmpty(); // refused, as it should be
            }
        }
    }

    private static SentencePieceTokenizer Read(byte[] bytes) => SentencePieceTokenizer.Read(bytes);

    private static string[] Pieces(SentencePieceTokenizer model, string text) => Array.ConvertAll(model.EncodeToPieces(text), static t => t.Piece);

    // The message by hand: field · 8 + wire type, then the value.
    internal static byte[] Model(int algorithm, (string Text, float Score, int Type)[] pieces, bool byteFallback = false, byte[]? map = null)
    {
        var message = new List<byte>();
        foreach (var (text, score, type) in pieces)
        {
            var piece = new List<byte>();
            Field(piece, 1, Encoding.UTF8.GetBytes(text));
            piece.Add(2 << 3 | 5);
            var number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, score);
            piece.AddRange(number);
            piece.AddRange([3 << 3, (byte)type]);
            Field(message, 1, [.. piece]);
        }

        Field(message, 2, [3 << 3, (byte)algorithm, 35 << 3 & 0x7F | 0x80, 35 << 3 >> 7, (byte)(byteFallback ? 1 : 0)]);
        if (map is not null)
        {
            var normalizer = new List<byte>();
            Field(normalizer, 2, map);
            Field(message, 3, [.. normalizer]);
        }

        return [.. message];
    }

    private static void Field(List<byte> message, int field, byte[] value)
    {
        message.Add((byte)(field << 3 | 2));
        var length = value.Length;
        for (; length >= 0x80; length >>= 7) message.Add((byte)(length & 0x7F | 0x80));
        message.Add((byte)length);
        message.AddRange(value);
    }
}
