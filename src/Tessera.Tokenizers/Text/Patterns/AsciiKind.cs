using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>What the first byte of a piece can be, for the patterns that begin with an optional character before a word.</summary>
internal static class AsciiKind
{
    private static readonly byte[] s_kinds = Build();

    public const byte Letter = 0, Lead = 1, Digit = 2, Line = 3, Beyond = 4;

    /// <summary>The kind of each byte; Lead is any other character but a line end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Of(byte first) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(s_kinds), first);

    private static byte[] Build()
    {
        var kinds = new byte[256];
        for (var b = 0; b < 256; b++)
        {
            kinds[b] = b >= 0x80 ? Beyond : char.IsAsciiLetter((char)b) ? Letter : char.IsAsciiDigit((char)b) ? Digit : b is '\r' or '\n' ? Line : Lead;
        }

        return kinds;
    }
}
