using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// Thirty-two bytes of text and their classes as bit masks, bit i for byte i. The comparisons are signed: a byte is moved so that its class
/// ends at 127, and what lies beyond is negative.
/// </summary>
internal readonly struct AsciiBlock
{
    /// <summary>The number of bytes.</summary>
    public const int Size = 32;

    private readonly Vector256<sbyte> _bytes;

    /// <summary>Loads the bytes at a place that has as many behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AsciiBlock(ref byte at) => _bytes = Vector256.LoadUnsafe(ref at).AsSByte();

    /// <summary>A to Z and a to z.</summary>
    public ulong Letters
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes | Vector256.Create((sbyte)0x20), 'z', 26);
    }

    /// <summary>A to Z.</summary>
    public ulong Upper
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, 'Z', 26);
    }

    /// <summary>a to z.</summary>
    public ulong Lower
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, 'z', 26);
    }

    /// <summary>0 to 9.</summary>
    public ulong Digits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, '9', 10);
    }

    /// <summary>Tab, the line ends up to CR, and the blank.</summary>
    public ulong Spaces
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => EndsAt(_bytes, '\r', 5) | Vector256.Equals(_bytes, Vector256.Create((sbyte)' ')).ExtractMostSignificantBits();
    }

    /// <summary>Control characters that are no white space.</summary>
    public ulong Controls
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (EndsAt(_bytes, (char)0x1F, 32) | Vector256.Equals(_bytes, Vector256.Create((sbyte)0x7F)).ExtractMostSignificantBits()) & ~Spaces;
    }

    /// <summary>Bytes of longer characters.</summary>
    public ulong Beyond
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _bytes.ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong EndsAt(Vector256<sbyte> bytes, char last, int count) => Vector256.GreaterThan(
        bytes + Vector256.Create((sbyte)(0x7F - last)), Vector256.Create((sbyte)(0x7F - count))).ExtractMostSignificantBits();
}
