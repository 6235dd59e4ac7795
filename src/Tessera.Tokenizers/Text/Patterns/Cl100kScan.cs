using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="Cl100kScanner"/> with windows of ASCII at once.</summary>
/// <param name="pattern">The decision procedure.</param>
internal readonly struct Cl100kScan(Cl100kScanner pattern) : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(AsciiWindow window)
    {
        var (letters, digits, spaces, lines, known) = (window.Letters, window.Digits, window.Spaces, window.Lines, window.Ascii);
        var symbols = known & ~(letters | digits | spaces);
        var leads = window.Leads(symbols);
        var starts = leads | letters & ~((letters | leads | spaces & ~lines) << 1) | AsciiWindow.Numbers(digits, pattern.Digits)
            | AsciiWindow.SpacesByLines(spaces & ~AsciiWindow.LinesBehind(symbols, lines), lines, spaces);
        window.CutContractions(leads & window.Of('\''), anyCase: true, ref starts, ref known);
        return AsciiWindow.Known(starts, known, spaces);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start) => pattern.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
