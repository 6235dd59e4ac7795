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
    public ulong Starts(AsciiWindow window)
    {
        var (digits, spaces) = (window.Digits, window.Spaces);
        return Gpt2Scan.Starts(window, digits, digits, spaces, spaces | digits);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start)
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
