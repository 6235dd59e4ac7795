using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tensors.Formats;

/// <summary>IEEE half-precision numbers, as scales of blocks are stored. The framework's own cast is a call with branches; this is six instructions.</summary>
internal static unsafe class HalfNumber
{
    /// <summary>The number whose bits stand at an address, little-endian, aligned or not. Exact; NaN and infinities are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* source) => ToSingle(Unsafe.ReadUnaligned<ushort>(source));

    /// <summary>The number with these bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort bits)
    {
        // The fields at their places in a float, then ×2^112 to turn the exponent's bias of 15 into 127; that also normalises subnormals.
        var magnitude = BitConverter.UInt32BitsToSingle((uint)(bits & 0x7FFF) << 13) * 5.192296858534828e33f;
        if (magnitude >= 65536f) magnitude = BitConverter.UInt32BitsToSingle(0x7F800000u | (uint)(bits & 0x3FF) << 13); // infinity or NaN
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(magnitude) | (uint)(bits & 0x8000) << 16);
    }

    /// <summary>Stores a number rounded to half precision, to nearest even, and gives back what was stored. Larger than 65,504 becomes infinite.</summary>
    public static float Write(Span<byte> destination, float value)
    {
        var half = (Half)value;
        MemoryMarshal.Write(destination, in half);
        return (float)half;
    }
}
