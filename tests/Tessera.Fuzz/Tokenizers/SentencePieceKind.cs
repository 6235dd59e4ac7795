using System.Buffers.Binary;
using System.Text;
using Tessera.Tokenizers;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Fuzz;

/// <summary>SentencePiece models: read as the library applies them and as a tokenizer, used on a few texts.</summary>
internal sealed class SentencePieceKind : IFuzzKind
{
    private static readonly string[] s_pieces = ["▁", "a", "b", "ab", "▁ab", "abc", "c", "<x>", "é", "中", "▁▁", "aa", "aaaa"];

    public string Name => "sentencepiece";

    public string Description => "reads a SentencePiece model, encodes, decodes, takes the best few and random segmentations";

    public byte[] Make(FuzzDice dice)
    {
        var message = new List<byte>();
        var bytes = dice.Chance(0.4);
        Piece(message, "<unk>", 0, 2);
        Piece(message, "<s>", 0, 3);
        for (var i = 0; i < s_pieces.Length; i++)
        {
            if (dice.Chance(0.8)) Piece(message, s_pieces[i], dice.Pick<float>(-1f - i, -i, -2f, 0f), dice.Chance(0.85) ? 1 : dice.Pick(4, 5, 1, 3, 6, 9));
        }

        if (bytes)
        {
            for (var b = 0; b < 256; b++) Piece(message, $"<0x{b:X2}>", 0, 6);
        }

        var trainer = new List<byte>();
        Number(trainer, 3, dice.Pick<ulong>(1UL, 2, 2, 3, 4, 1, 7));
        Number(trainer, 24, dice.Pick<ulong>(0UL, 0, 1));
        Number(trainer, 35, bytes ? 1UL : 0);
        Field(message, 2, trainer);
        var normalizer = new List<byte>();
        if (dice.Chance(0.3)) Field(normalizer, 2, dice.Chance(0.5) ? [4, 0, 0, 0, 0, 0, 0, 0, (byte)'a', 0] : dice.Bytes(dice.Below(64)));
        Number(normalizer, 3, dice.Pick<ulong>(0UL, 1));
        Number(normalizer, 4, dice.Pick<ulong>(0UL, 1));
        Number(normalizer, 5, dice.Pick<ulong>(0UL, 1, 1));
        Field(message, 3, normalizer);
        var file = message.ToArray();
        for (var changes = dice.Below(3); changes > 0 && file.Length > 0; changes--)
        {
            var at = dice.Below(file.Length);
            file = dice.Below(6) switch
            {
                0 => file[..at],
                1 => [.. file[..at], .. dice.Text(), .. file[at..]],
                2 => [.. file[..at], .. file[Math.Min(file.Length, at + 1 + dice.Below(4))..]],
                3 => [.. file, .. file[at..]],
                _ => Patched(file, at, (byte)dice.Pick(0, 1, 0x7F, 0x80, 0xFF, dice.Below(256))),
            };
        }

        return file;
    }

    public void Use(FuzzInput input)
    {
        var model = SentencePieceTokenizer.Read(input.Bytes, limits: TokenizerUse.Limits);
        const string text = " ab  abc<x>\u00e9中😀 aaaa\0 ";
        var ids = model.EncodeToIds(text);
        model.Decode(ids);
        model.Normalize(text);
        if (model.Algorithm == SentencePieceAlgorithm.Unigram)
        {
            model.EncodeBest(text, 5);
            model.EncodeSample(text, 0.5, new RandomKey(1, 0, 0, RandomPurpose.Tokenize));
            model.ExpectedCounts(text);
        }

        var tokenizer = Tokenizer.FromSentencePiece(input.Bytes, limits: TokenizerUse.Limits);
        var again = tokenizer.EncodeToIds(text, EncodeOptions.PlainText);
        if (!ids.AsSpan().SequenceEqual(again)) throw new InvalidOperationException($"the model gives {string.Join(' ', ids)}, its tokenizer {string.Join(' ', again)}");
        TokenizerUse.Touch(tokenizer);
    }

    public FuzzStage StageOf(TesseraException refusal) => refusal is MalformedInputException { Place: "model" } ? FuzzStage.Header : FuzzStage.Table;

    private static void Piece(List<byte> message, string text, float score, int type)
    {
        var piece = new List<byte>();
        Field(piece, 1, Encoding.UTF8.GetBytes(text));
        piece.Add(2 << 3 | 5);
        var number = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, score);
        piece.AddRange(number);
        Number(piece, 3, (ulong)type);
        Field(message, 1, piece);
    }

    private static void Number(List<byte> message, int field, ulong value)
    {
        Variable(message, (ulong)field << 3);
        Variable(message, value);
    }

    private static void Field(List<byte> message, int field, IReadOnlyCollection<byte> value)
    {
        Variable(message, (ulong)field << 3 | 2);
        Variable(message, (ulong)value.Count);
        message.AddRange(value);
    }

    private static void Variable(List<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7) message.Add((byte)(value & 0x7F | 0x80));
        message.Add((byte)value);
    }

    private static byte[] Patched(byte[] file, int at, byte value)
    {
        file[at] = value;
        return file;
    }
}
