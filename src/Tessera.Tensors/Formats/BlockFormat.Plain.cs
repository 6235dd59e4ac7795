using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <remarks>Plain elements: floats of 16, 32 and 64 bits, integers, booleans.</remarks>
public sealed unsafe partial record BlockFormat
{
    private static void WidenF16(byte* source, float* y, float* end)
    {
        var x = (ushort*)source;
        for (; y + 8 <= end; x += 8, y += 8)
        {
            // HalfNumber.ToSingle, eight at a time.
            var bits = Vector256.WidenLower(Vector128.Load(x).ToVector256Unsafe());
            var magnitude = bits & Vector256.Create(0x7FFFu);
            var finite = (magnitude << 13).AsSingle() * 5.192296858534828e33f;
            var special = magnitude << 13 | Vector256.Create(0x7F800000u);
            var value = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFFu)), special, finite.AsUInt32());
            (value | (bits & Vector256.Create(0x8000u)) << 16).AsSingle().Store(y);
        }

        for (; y < end; x++, y++) *y = HalfNumber.Read((byte*)x);
    }

    private static void WidenBF16(byte* source, float* y, float* end)
    {
        var x = (ushort*)source;
        for (; y + 16 <= end; x += 16, y += 16)
            (Vector512.WidenLower(Vector256.Load(x).ToVector512Unsafe()) << 16).AsSingle().Store(y);
        for (; y < end; x++, y++) *y = BitConverter.UInt32BitsToSingle((uint)*x << 16);
    }

    private static void WidenPlain(TensorFormat format, byte* source, Span<float> destination)
    {
        switch (format)
        {
            case TensorFormat.F64: Convert<double>(source, destination); break;
            case TensorFormat.I8: Convert<sbyte>(source, destination); break;
            case TensorFormat.I16: Convert<short>(source, destination); break;
            case TensorFormat.I32: Convert<int>(source, destination); break;
            case TensorFormat.I64: Convert<long>(source, destination); break;
            case TensorFormat.U8: Convert<byte>(source, destination); break;
            case TensorFormat.Bool:
                for (var i = 0; i < destination.Length; i++) destination[i] = source[i] == 0 ? 0f : 1f;
                break;
            default: throw new ArgumentException($"values of format {format} can't be widened", nameof(format));
        }

        static void Convert<T>(byte* source, Span<float> destination) where T : unmanaged, System.Numerics.INumberBase<T> =>
            TensorPrimitives.ConvertTruncating<T, float>(new ReadOnlySpan<T>(source, destination.Length), destination);
    }

    private static void NarrowF16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        var i = 0;
        for (; i + 16 <= source.Length; i += 16)
        {
            var bits = Vector512.Create(source[i..]).AsUInt32();
            var magnitude = bits & Vector512.Create(0x7FFFFFFFu);
            // Normal: the exponent's bias falls by 112, 13 bits go, to nearest with ties to even. Subnormal: adding 1/2 puts the units of 2^-24
            // at the end of the mantissa and rounds the same way. From 65,520 on infinity; a NaN keeps its upper payload and the quiet bit.
            var rounding = Vector512.Create(0xFFFu) + (magnitude >>> 13 & Vector512.Create(1u));
            var half = magnitude + rounding - Vector512.Create(112u << 23) >>> 13;
            var subnormal = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(0x3F000000u);
            half = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(113u << 23)), subnormal, half);
            half = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x477FF000u)), Vector512.Create(0x7C00u), half);
            var notANumber = magnitude >>> 13 & Vector512.Create(0x3FFu) | Vector512.Create(0x7E00u);
            half = Vector512.ConditionalSelect(Vector512.GreaterThan(magnitude, Vector512.Create(0x7F800000u)), notANumber, half);
            half |= bits >>> 16 & Vector512.Create(0x8000u);
            Vector256.Narrow(half.GetLower(), half.GetUpper()).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++) destination[i] = BitConverter.HalfToUInt16Bits((Half)source[i]);
    }

    private static void NarrowBF16(ReadOnlySpan<uint> source, Span<ushort> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            var bits = source[i];
            var isNaN = (bits & 0x7FFFFFFF) > 0x7F800000;
            var rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16; // to nearest, ties to even
            destination[i] = (ushort)(isNaN ? bits >> 16 | 0x40 : rounded); // the quiet bit keeps a NaN one whose payload is cut off
        }
    }
}
