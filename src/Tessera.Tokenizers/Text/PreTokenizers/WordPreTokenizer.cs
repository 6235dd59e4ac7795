using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>What white space separates; and of that, for BERT, punctuation on its own.</summary>
internal sealed class WordPreTokenizer : CuttingPreTokenizer
{
    private const byte Word = 0, Space = 1, Alone = 2;
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
            var end = Math.Min(i + AsciiWindow.Size, piece.Length);
            var window = end - i == AsciiWindow.Size ? new AsciiWindow(ref Unsafe.Add(ref MemoryMarshal.GetReference(piece), i)) : default;
            if (window.Ascii != ulong.MaxValue)
            {
                CutSome(piece, ref i, end, offset, ref open, into);
                continue;
            }

            into.Reserve(2 * AsciiWindow.Size);
            var spaces = window.Spaces;
            var alone = _isolates ? ~(window.Letters | window.Digits | window.Controls | spaces) : 0;
            for (var others = spaces | alone; others != 0; others &= others - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(others);
                into.AddIf(open < at, offset + open, offset + at);
                into.AddIf((alone >> at - i & 1) != 0, offset + at, offset + at + 1);
                open = at + 1;
            }

            i += AsciiWindow.Size;
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

    private byte[] MakePage(int number)
    {
        var page = new byte[256];
        for (var i = 0; i < page.Length; i++)
            page[i] = CharacterClass.Is(number << 8 | i, CharacterClass.Space) ? Space : _isolates && SplitPreTokenizer.IsPunctuation(number << 8 | i) ? Alone : Word;
        return page;
    }
}
