using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>What white space separates; and of that, for BERT, punctuation on its own.</summary>
internal sealed class WordPreTokenizer : CuttingPreTokenizer
{
    private const byte Word = 0, Space = 1, Alone = 2;
    private const int Block = 64;
    private const int Few = 256; // bytes; so little is not worth a method that is compiled at run time

    private readonly bool _isolates;
    private readonly byte[] _ascii = new byte[128];
    private readonly byte[]?[] _pages = new byte[0x1100][];

    private WordPreTokenizer(bool isolates)
    {
        _isolates = isolates;
        for (var b = 0; b < _ascii.Length; b++) _ascii[b] = b is ' ' or >= '\t' and <= '\r' ? Space : isolates && SplitPreTokenizer.IsPunctuation(b) ? Alone : Word;
    }

    /// <summary>What white space separates.</summary>
    public static WordPreTokenizer WhitespaceSplit { get; } = new(isolates: false);

    /// <summary>BERT's: punctuation on its own as well.</summary>
    public static WordPreTokenizer Bert { get; } = new(isolates: true);

    public override void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into)
    {
        var (open, at) = (0, 0); // a word starts at open unless what stands there is none
        if (piece.Length < Few) CutSome(piece, ref at, piece.Length, offset, ref open, into);
        else CutBlocks(piece, offset, ref open, into);
        into.Add(offset + open, offset + piece.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CutBlocks(ReadOnlySpan<byte> piece, int offset, ref int firstOpen, PieceList into)
    {
        var open = firstOpen;
        for (var i = 0; i < piece.Length;)
        {
            if (i + Block > piece.Length || !Classify(ref Unsafe.Add(ref MemoryMarshal.GetReference(piece), i), _isolates, out var others, out var alone))
            {
                CutSome(piece, ref i, Math.Min(i + Block, piece.Length), offset, ref open, into);
                continue;
            }

            into.Reserve(2 * Block);
            for (; others != 0; others &= others - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(others);
                into.AddIf(open < at, offset + open, offset + at);
                into.AddIf((alone >> at - i & 1) != 0, offset + at, offset + at + 1);
                open = at + 1;
            }

            i += Block;
        }

        firstOpen = open;
    }

    /// <summary>Cuts characters up to one that starts at an end or behind it.</summary>
    private void CutSome(ReadOnlySpan<byte> piece, ref int position, int end, int offset, ref int firstOpen, PieceList into)
    {
        var (pages, ascii, open, i) = (_pages, _ascii, firstOpen, position);
        while (i < end)
        {
            var (kind, length) = (piece[i] < 0x80 ? ascii[piece[i]] : Word, 1);
            if (piece[i] >= 0x80)
            {
                var scalar = Utf8Text.DecodeInPlace(piece, i, out length);
                var page = pages[scalar >> 8] ??= MakePage(scalar >> 8);
                kind = page[scalar & 0xFF];
            }

            if (kind != Word)
            {
                into.Add(offset + open, offset + i);
                if (kind == Alone) into.Add(offset + i, offset + i + length);
                open = i + length;
            }

            i += length;
        }

        (firstOpen, position) = (open, i);
    }

    /// <summary>Which of 64 bytes belong to no word, and which of those stand alone; false where not all are ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Classify(ref byte bytes, bool isolates, out ulong others, out ulong alone)
    {
        (others, alone) = (0, 0);
        var beyond = Vector128<sbyte>.Zero;
        var printed = Vector128.Create((sbyte)(isolates ? 0x7F - ('~' - ' ') : 0x7F)); // nothing is greater
        for (var i = 0; i < Block; i += Vector128<sbyte>.Count)
        {
            // The comparisons are signed: a byte is moved so that its class ends at 127, and what lies beyond is negative.
            var part = Vector128.LoadUnsafe(ref bytes, (nuint)i).AsSByte();
            beyond |= part;
            var words = EndsAt(part | Vector128.Create((sbyte)0x20), 'z', 26) | EndsAt(part, '9', 10);
            var single = Vector128.AndNot(Vector128.GreaterThan(part + Vector128.Create((sbyte)(0x7F - '~')), printed), words);
            var spaces = EndsAt(part, '\r', 5) | Vector128.Equals(part, Vector128.Create((sbyte)' '));
            alone |= (ulong)single.ExtractMostSignificantBits() << i;
            others |= (ulong)(single | spaces).ExtractMostSignificantBits() << i;
        }

        return beyond.ExtractMostSignificantBits() == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> EndsAt(Vector128<sbyte> bytes, char last, int count) =>
        Vector128.GreaterThan(bytes + Vector128.Create((sbyte)(0x7F - last)), Vector128.Create((sbyte)(0x7F - count)));

    private byte[] MakePage(int number)
    {
        var page = new byte[256];
        for (var i = 0; i < page.Length; i++)
            page[i] = CharacterClass.Is(number << 8 | i, CharacterClass.Space) ? Space : _isolates && SplitPreTokenizer.IsPunctuation(number << 8 | i) ? Alone : Word;
        return page;
    }
}
