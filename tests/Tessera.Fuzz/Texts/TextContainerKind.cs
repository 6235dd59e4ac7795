using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.Compression;

namespace Tessera.Fuzz;

/// <summary>Containers of compressed text: opened and decompressed by a coder whose blocks are short.</summary>
internal sealed class TextContainerKind : IFuzzKind
{
    private const int BlockHead = 1 + 4 + 4 + TextContainer.BlockHash, End = 1 + sizeof(long) + SHA256.HashSizeInBytes;

    public string Name => "text";

    public string Description => "opens a container of compressed text and decompresses it";

    public byte[] Make(FuzzDice dice)
    {
        var text = new byte[dice.Below(400)];
        for (var i = 0; i < text.Length; i++) text[i] = (byte)(i / 64 % 3 != 1 ? 'a' + dice.Below(16) : dice.Below(256));
        using var output = new MemoryStream();
        TextCompressor.Compress(new MemoryStream(text), output, new HalfByteCoder());
        var container = output.ToArray();
        var headBytes = TextContainer.Head(new HalfByteCoder().Identity).Length;
        var (head, parts) = (container[..headBytes], Blocks(container.AsSpan(headBytes)));
        var end = parts[^1];
        parts.RemoveAt(parts.Count - 1);
        var mutations = 1 + dice.Below(3);
        for (var i = 0; i < mutations; i++) Mutate(ref head, parts, ref end, dice);
        byte[] whole = [.. head, .. parts.SelectMany(static p => p), .. end];
        return dice.Below(12) == 0 ? whole[..dice.Below(whole.Length)] : whole;
    }

    public void Use(FuzzInput input)
    {
        using var stream = new MemoryStream(input.Bytes.ToArray());
        TextDecompressor.Open(stream).Decompress(Stream.Null, new HalfByteCoder(), maxTextBytes: 1 << 20);
    }

    public FuzzStage StageOf(TesseraException refusal) => refusal switch
    {
        UnsupportedFeatureException => FuzzStage.Metadata,
        MalformedInputException { Place: "byte 0" } => FuzzStage.Header,
        MalformedInputException { Reason: var reason } when reason.Contains("header's", StringComparison.Ordinal) || reason.Contains("facts", StringComparison.Ordinal) => FuzzStage.Header,
        MalformedInputException { Reason: var reason } when reason.Contains("checksum", StringComparison.Ordinal) => FuzzStage.Data,
        _ => FuzzStage.Table,
    };

    private static List<byte[]> Blocks(ReadOnlySpan<byte> rest)
    {
        var blocks = new List<byte[]>();
        while (rest[0] != 0)
        {
            var length = BlockHead + BinaryPrimitives.ReadInt32LittleEndian(rest[5..]);
            blocks.Add(rest[..length].ToArray());
            rest = rest[length..];
        }

        blocks.Add(rest.ToArray());
        return blocks;
    }

    private static void Mutate(ref byte[] head, List<byte[]> blocks, ref byte[] end, FuzzDice dice)
    {
        if (dice.Below(8) == 0)
        {
            head[dice.Below(head.Length)] ^= (byte)(1 << dice.Below(8));
            if (dice.Chance(0.7)) SHA256.HashData(head.AsSpan(0, head.Length - TextContainer.HeadHash)).AsSpan(0, TextContainer.HeadHash).CopyTo(head.AsSpan(head.Length - TextContainer.HeadHash));
            return;
        }

        if (blocks.Count == 0 || dice.Below(6) == 0)
        {
            if (dice.Below(3) == 0) end = [.. end, .. dice.Bytes(1 + dice.Below(8))];
            else if (dice.Chance(0.5) && end.Length >= End) BinaryPrimitives.WriteUInt64LittleEndian(end.AsSpan(1), dice.Number(400));
            else end[dice.Below(end.Length)] ^= (byte)(1 << dice.Below(8));
            return;
        }

        var at = dice.Below(blocks.Count);
        var block = blocks[at];
        switch (dice.Below(7))
        {
            case 0:
                block[0] = dice.Pick<byte>(0, 1, 2, 3, 4, 255);
                break;
            case 1:
                BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(1), (uint)dice.Number(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(1))));
                break;
            case 2:
                BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(5), (uint)dice.Number((ulong)(block.Length - BlockHead)));
                break;
            case 3:
                block[9 + dice.Below(TextContainer.BlockHash)] ^= (byte)(1 << dice.Below(8));
                break;
            case 4:
                blocks.Insert(dice.Below(blocks.Count + 1), [.. block]);
                break;
            case 5:
                blocks.RemoveAt(at);
                break;
            default:
                if (block.Length > BlockHead) block[BlockHead + dice.Below(block.Length - BlockHead)] ^= (byte)(1 << dice.Below(8));
                break;
        }
    }

    /// <summary>Letters a to p by four bits each; other bytes it leaves to be stored.</summary>
    private sealed class HalfByteCoder : BlockCoder
    {
        public override IReadOnlyList<KeyValuePair<string, string>> Identity { get; } = [new("coder", "half bytes"), new("model", "0123456789abcdef")];

        public override int BlockBytes => 64;

        public override bool TakesAnyBytes => true;

        public override bool TryEncode(ReadOnlySpan<byte> block, ArithmeticEncoder encoder, CancellationToken cancellation)
        {
            foreach (var value in block)
            {
                if (value is < (byte)'a' or > (byte)'p') return false;
                encoder.EncodeUniform((uint)(value - 'a'), 4);
            }

            return encoder.Length + ArithmeticEncoder.MostEnd < block.Length;
        }

        public override void Decode(Span<byte> block, ArithmeticDecoder decoder, CancellationToken cancellation)
        {
            foreach (ref var value in block) value = (byte)('a' + decoder.DecodeUniform(4));
        }

        public override void Skip(ReadOnlySpan<byte> block)
        {
        }
    }
}
