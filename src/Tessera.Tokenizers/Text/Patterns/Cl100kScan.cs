using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="Cl100kScanner"/> with blocks of ASCII at once.</summary>
/// <param name="pattern">The decision procedure.</param>
internal readonly struct Cl100kScan(Cl100kScanner pattern) : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        if (length - start <= AsciiBlock.Size) return Slow(ref text, length, start);
        ref var at = ref Unsafe.Add(ref text, start);
        var block = new AsciiBlock(ref at);
        var first = at;
        var isLead = (ulong)AsciiKind.Of(first); // 0 for a letter, 1 for what may stand before one
        if (isLead > 1 || first == '\'') return Other(ref text, length, start);
        var end = BitOperations.TrailingZeroCount(~(block.Letters | 1));
        if ((ulong)end <= isLead || end >= AsciiBlock.Size || Unsafe.Add(ref at, end) >= 0x80) return Other(ref text, length, start);
        return start + end;
    }

    /// <summary>Digits, symbols and single blanks and line ends in ASCII; everything else by the decision procedure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Other(ref byte text, int length, int start) =>
        Unsafe.Add(ref text, start) != '\'' && AsciiPieces.TryOther(ref Unsafe.Add(ref text, start), length - start, pattern.Digits, slashes: false, out var bytes) ? start + bytes : Slow(ref text, length, start);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Slow(ref byte text, int length, int start) => pattern.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
