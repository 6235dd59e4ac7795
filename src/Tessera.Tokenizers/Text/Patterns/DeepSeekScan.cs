using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="DeepSeekScanner"/> with blocks of ASCII at once.</summary>
internal readonly struct DeepSeekScan : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        if (length - start <= AsciiBlock.Size) return Slow(ref text, length, start);
        ref var at = ref Unsafe.Add(ref text, start);
        var isLead = (ulong)AsciiKind.Of(at); // 0 for a letter, 1 for what may stand before one
        if (isLead > 1) return Other(ref text, length, start);
        var end = BitOperations.TrailingZeroCount(~(new AsciiBlock(ref at).Letters | 1));
        if ((ulong)end <= isLead || end >= AsciiBlock.Size || Unsafe.Add(ref at, end) >= 0x80) return Other(ref text, length, start);
        return start + end;
    }

    /// <summary>Digits, symbols and single blanks and line ends in ASCII; everything else, control characters too, by the decision procedure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Other(ref byte text, int length, int start)
    {
        ref var at = ref Unsafe.Add(ref text, start);
        return AsciiPieces.TryOther(ref at, length - start, DeepSeekScanner.Digits, slashes: false, out var bytes) && BitOperations.TrailingZeroCount(new AsciiBlock(ref at).Controls) >= bytes
            ? start + bytes
            : Slow(ref text, length, start);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Slow(ref byte text, int length, int start) => DeepSeekScanner.Instance.Next(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
