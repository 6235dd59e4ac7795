using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="O200kScanner"/> with blocks of ASCII at once, where a word is upper-case letters and then lower-case ones.</summary>
/// <param name="pattern">The decision procedure.</param>
internal readonly struct O200kScan(O200kScanner pattern) : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        if (length - start <= AsciiBlock.Size) return Slow(ref text, length, start);
        ref var at = ref Unsafe.Add(ref text, start);
        var block = new AsciiBlock(ref at);
        var isLead = (ulong)AsciiKind.Of(at); // 0 for a letter, 1 for what may stand before one
        if (isLead > 1) return Other(ref text, length, start);
        var upper = BitOperations.TrailingZeroCount(~(block.Upper | isLead));
        var end = upper + BitOperations.TrailingZeroCount(~(block.Lower >> upper));
        if ((ulong)end <= isLead || end >= AsciiBlock.Size) return Other(ref text, length, start);
        var next = Unsafe.Add(ref at, end);
        return next >= 0x80 || next == '\'' ? Other(ref text, length, start) : start + end;
    }

    /// <summary>Digits, symbols and single blanks and line ends in ASCII; everything else by the decision procedure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Other(ref byte text, int length, int start) =>
        AsciiPieces.TryOther(ref Unsafe.Add(ref text, start), length - start, pattern.Digits, slashes: true, out var bytes) ? start + bytes : Slow(ref text, length, start);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Slow(ref byte text, int length, int start) => pattern.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
