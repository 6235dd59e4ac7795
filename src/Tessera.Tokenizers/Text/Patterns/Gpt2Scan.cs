using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="Gpt2Scanner"/> with windows of ASCII at once.</summary>
internal readonly struct Gpt2Scan : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(AsciiWindow window)
    {
        var (digits, spaces) = (window.Digits, window.Spaces);
        return Starts(window, digits & ~((digits | window.Of(' ')) << 1), digits, spaces, spaces);
    }

    /// <summary>Words, symbols and white space by GPT-2's pattern, and numbers as they are given.</summary>
    /// <param name="window">The window.</param>
    /// <param name="numbers">Where numbers start.</param>
    /// <param name="digits">Digits.</param>
    /// <param name="spaces">White space.</param>
    /// <param name="keeps">What the last white space before it does not lead, white space included.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Starts(AsciiWindow window, ulong numbers, ulong digits, ulong spaces, ulong keeps)
    {
        var (letters, blanks, known) = (window.Letters, window.Of(' '), window.Ascii);
        var leads = window.Leads(known & ~(letters | digits | spaces));
        var starts = leads | letters & ~((letters | blanks) << 1) | numbers | AsciiWindow.SpacesAlone(spaces, keeps);
        window.CutContractions(leads & window.Of('\''), anyCase: false, ref starts, ref known);
        return AsciiWindow.Known(starts, known, spaces);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start) => Gpt2Scanner.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
