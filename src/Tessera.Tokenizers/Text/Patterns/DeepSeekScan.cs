using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="DeepSeekScanner"/> with windows of ASCII at once.</summary>
internal readonly struct DeepSeekScan : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(AsciiWindow window)
    {
        var (letters, digits, spaces, lines) = (window.Letters, window.Digits, window.Spaces, window.Lines);
        var known = window.Ascii & AsciiWindow.UpTo(window.Controls & ~spaces);
        var symbols = known & ~(letters | digits | spaces);
        var leads = window.Leads(symbols);
        var starts = leads | letters & ~((letters | leads | spaces & ~lines) << 1) | AsciiWindow.Numbers(digits, DeepSeekScanner.Digits)
            | AsciiWindow.SpacesByLines(spaces & ~AsciiWindow.LinesBehind(symbols, lines), lines, spaces | digits);
        return AsciiWindow.Known(starts, known, spaces);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start) => DeepSeekScanner.Instance.Next(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
