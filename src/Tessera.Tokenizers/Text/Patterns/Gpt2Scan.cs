using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="Gpt2Scanner"/> with blocks of ASCII at once.</summary>
internal readonly struct Gpt2Scan : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        if (length - start <= AsciiBlock.Size) return Slow(ref text, length, start);
        return AsciiPieces.TryWord(ref Unsafe.Add(ref text, start), out var bytes) ? start + bytes : Other(ref text, length, start);
    }

    /// <summary>Numbers, symbols and single line ends in ASCII; everything else by the decision procedure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Other(ref byte text, int length, int start)
    {
        ref var at = ref Unsafe.Add(ref text, start);
        if (at < 0x80 && at != '\'')
        {
            var blank = at == ' ' ? 1ul : 0;
            var end = BitOperations.TrailingZeroCount(~(new AsciiBlock(ref at).Digits | blank));
            if ((ulong)end > blank && end < AsciiBlock.Size && Unsafe.Add(ref at, end) < 0x80 || AsciiPieces.TryRun(ref at, out end)) return start + end;
            if (at == '\n' && Unsafe.Add(ref at, 1) is > (byte)' ' and < 0x80) return start + 1;
        }

        return Slow(ref text, length, start);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Slow(ref byte text, int length, int start) => Gpt2Scanner.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
