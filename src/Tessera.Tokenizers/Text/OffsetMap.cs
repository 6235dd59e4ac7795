using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// Turns byte positions of a source text into the caller's unit: a start goes down to the character that it lies in, an end up to the
/// end of the character, so that several tokens of one character carry the same offsets. Holds a bit per byte that begins a unit and a count
/// per 64 of them, so that a position costs the same wherever it is; nothing where bytes are units.
/// </summary>
internal readonly ref struct OffsetMap
{
    private const int Few = 256; // tokens; so few are not worth a method that is compiled at run time
    private const int BlockBits = 6, BlockBytes = 1 << BlockBits;

    private readonly ReadOnlySpan<byte> _text;
    private readonly Block[]? _blocks;
    private readonly bool _isAscii;

    private OffsetMap(ReadOnlySpan<byte> text, OffsetUnit unit)
    {
        _text = text;
        _isAscii = Utf8Text.IsAscii(text);
        if (!_isAscii && unit != OffsetUnit.Utf8) _blocks = Blocks(text, unit == OffsetUnit.Utf16);
    }

    /// <summary>The map of a text.</summary>
    public static OffsetMap Of(ReadOnlySpan<byte> text, OffsetUnit unit) => new(text, unit);

    /// <summary>The offsets of ranges of bytes.</summary>
    public void Convert(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, Span<(int Start, int End)> offsets)
    {
        ends = ends[..starts.Length];
        offsets = offsets[..starts.Length];
        if (_isAscii)
        {
            for (var i = 0; i < starts.Length; i++) offsets[i] = (starts[i], ends[i]);
            return;
        }

        if (starts.Length < Few) ConvertEach(starts, ends, offsets);
        else ConvertMany(starts, ends, offsets);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ConvertMany(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, Span<(int Start, int End)> offsets) => ConvertEach(starts, ends, offsets);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ConvertEach(ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, Span<(int Start, int End)> offsets)
    {
        for (var i = 0; i < starts.Length; i++) offsets[i] = Convert(starts[i], ends[i]);
    }

    /// <summary>The offsets of a range of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (int Start, int End) Convert(int start, int end)
    {
        start = Math.Clamp(start, 0, _text.Length);
        end = Math.Clamp(end, start, _text.Length);
        if (_isAscii) return (start, end);
        var isEmpty = end == start;
        while (start > 0 && start < _text.Length && IsInside(_text[start])) start--;
        while (end < _text.Length && IsInside(_text[end])) end++;
        var from = UnitsBefore(start);
        return (from, isEmpty ? from : UnitsBefore(end));
    }

    private static bool IsInside(byte b) => (b & 0xC0) == 0x80;

    private int UnitsBefore(int position)
    {
        if (_blocks is null) return position;
        ref var block = ref _blocks[position >> BlockBits];
        return block.Before + BitOperations.PopCount(block.Begins & ((1ul << position) - 1));
    }

    /// <summary>The second unit of a character beyond U+FFFF begins, as far as counting goes, at the character's second byte.</summary>
    private static Block[] Blocks(ReadOnlySpan<byte> text, bool pairs)
    {
        var blocks = new Block[text.Length / BlockBytes + 1];
        Span<byte> last = stackalloc byte[BlockBytes];
        var (before, carried) = (0, 0ul);
        for (var i = 0; i < blocks.Length; i++)
        {
            scoped var bytes = text[(i * BlockBytes)..];
            if (bytes.Length < BlockBytes)
            {
                last.Fill(0x80); // begins nothing
                bytes.CopyTo(last);
                bytes = last;
            }

            var (begins, high) = Bits(bytes);
            if (pairs)
            {
                begins |= high << 1 | carried;
                carried = high >> (BlockBytes - 1);
            }

            blocks[i] = new Block(begins, before);
            before += BitOperations.PopCount(begins);
        }

        return blocks;
    }

    /// <summary>Which of 64 bytes begin a character, and which one of four bytes.</summary>
    private static (ulong Begins, ulong High) Bits(ReadOnlySpan<byte> bytes)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        var (begins, high) = (0ul, 0ul);
        for (var i = 0; i < BlockBytes; i += Vector128<byte>.Count)
        {
            var part = Vector128.LoadUnsafe(ref first, (nuint)i);
            begins |= (ulong)Vector128.GreaterThanOrEqual(part.AsSByte(), Vector128.Create(unchecked((sbyte)0xC0))).ExtractMostSignificantBits() << i;
            high |= (ulong)Vector128.GreaterThanOrEqual(part, Vector128.Create((byte)0xF0)).ExtractMostSignificantBits() << i;
        }

        return (begins, high);
    }

    /// <param name="Begins">A bit per byte that begins a unit.</param>
    /// <param name="Before">The units before the block.</param>
    private readonly record struct Block(ulong Begins, int Before);
}
