using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text.PreTokenizers;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// Each number by itself and GPT-2's pattern on what lies between (SmolLM2, StarCoder). The pattern sees nothing of the numbers: white space
/// before one ends its text, and is one piece.
/// </summary>
internal readonly struct DigitsGpt2Scan : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        if (length - start <= AsciiBlock.Size) return Slow(ref text, length, start);
        return AsciiPieces.TryWord(ref Unsafe.Add(ref text, start), out var bytes) ? start + bytes : Other(ref text, length, start);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Other(ref byte text, int length, int start)
    {
        ref var at = ref Unsafe.Add(ref text, start);
        if (char.IsAsciiDigit((char)at)) return start + 1;
        if (at < 0x80 && at != '\'')
        {
            if (AsciiPieces.TryRun(ref at, out var end)) return start + end;
            if (at == '\n' && Unsafe.Add(ref at, 1) is > (byte)' ' and < 0x80) return start + 1;
        }

        return Slow(ref text, length, start);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Slow(ref byte text, int length, int start)
    {
        var span = MemoryMarshal.CreateReadOnlySpan(ref text, length);
        var scalar = Utf8Text.Decode(span, start, out var bytes);
        if (SplitPreTokenizer.IsDigit(scalar)) return start + bytes;
        if (CharacterClass.Is(scalar, CharacterClass.Space))
        {
            var run = CharacterClass.Run(span, start, CharacterClass.Space);
            if (run < length && SplitPreTokenizer.IsDigit(Utf8Text.Decode(span, run, out _))) return run;
        }

        // Numbers that the pattern takes for symbols, since they are younger than its tables, have four bytes.
        var end = Gpt2Scanner.Piece(span, start);
        var first = span[start..end].IndexOf((byte)0xF0);
        for (var i = first < 0 ? end : start + first; i < end; i += bytes)
        {
            if (SplitPreTokenizer.IsDigit(Utf8Text.Decode(span, i, out bytes))) return i;
        }

        return end;
    }
}
