using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors;

namespace Tessera.Models.State;

internal sealed unsafe partial class PagePlane
{
    /// <summary>Widens all 32 slots into F32 in the same layout: [size, 32] for keys, [32, width] for values. Same values as <see cref="Read"/>.</summary>
    internal void Expand(byte* plane, float* target)
    {
        switch (Format)
        {
            case TensorFormat.F16:
                WidenHalves((ushort*)plane, target, Width * Slots);
                break;
            case TensorFormat.Q8_0:
                Expand8(plane, target);
                break;
            case TensorFormat.Q4_0:
                Expand4(plane, target);
                break;
            default:
                throw new InvalidOperationException("F32 planes are read in place.");
        }
    }

    // Shift exponent and mantissa into place and multiply by 2^112: right for normal and subnormal numbers. Infinity and NaN get the full
    // exponent afterwards.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void WidenHalves(ushort* source, float* target, int count)
    {
        for (var i = 0; i < count; i += 32)
        {
            var (low, high) = Vector512.Widen(Vector512.Load((short*)source + i));
            Vector512.Store(Widen(low), target + i);
            Vector512.Store(Widen(high), target + i + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector512<int> bits)
    {
        // Sign-extended, so that the sign is in its place after the shift; copies of it are masked out.
        var shifted = (bits << 13) & Vector512.Create(unchecked((int)0x8FFFE000));
        var value = (shifted.AsSingle() * Vector512.Create(0x77800000).AsSingle()).AsInt32();
        var special = Vector512.Equals(shifted & Vector512.Create(0x0F800000), Vector512.Create(0x0F800000));
        return (value | (special & Vector512.Create(0x7F800000))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expand8(byte* plane, float* target)
    {
        var scales = stackalloc float[Size / Block * Slots];
        WidenHalves((ushort*)(plane + _scaleOffset), scales, Size / Block * Slots);
        var codes = (sbyte*)plane;
        var transposed = _slotStride == 1;
        // Both layouts are runs of 32 codes: of one dimension over the slots, with a scale each, or of one block of a slot, with one scale.
        for (var run = 0; run < Size; run++, codes += Block, target += Block)
        {
            var (scale0, scale1) = transposed
                ? (Vector512.Load(scales + run / Block * Slots), Vector512.Load(scales + run / Block * Slots + 16))
                : (Vector512.Create(scales[run]), Vector512.Create(scales[run]));
            var (low, high) = Vector256.Widen(Vector256.Load(codes));
            Vector512.Store(ToSingle(low) * scale0, target);
            Vector512.Store(ToSingle(high) * scale1, target + 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expand4(byte* plane, float* target)
    {
        var scales = stackalloc float[Size / Block * Slots];
        WidenHalves((ushort*)(plane + _scaleOffset), scales, Size / Block * Slots);
        if (_slotStride == 1)
        {
            // A run holds one byte of every slot: dimension i of a block in the low half, i + 16 in the high half.
            for (var run = 0; run < Size / 2; run++, plane += Slots)
            {
                var block = run / (Block / 2);
                var first = target + (block * Block + run % (Block / 2)) * Slots;
                var bytes = Vector256.Load(plane);
                StoreCodes(bytes & Vector256.Create((byte)15), first, scales + block * Slots);
                StoreCodes(bytes >>> 4, first + Block / 2 * Slots, scales + block * Slots);
            }

            return;
        }

        for (var run = 0; run < Size; run++, plane += Block / 2, target += Block)
        {
            var bytes = Vector128.Load(plane);
            var scale = Vector512.Create(scales[run]);
            Vector512.Store(Centred(bytes & Vector128.Create((byte)15)) * scale, target);
            Vector512.Store(Centred(bytes >>> 4) * scale, target + 16);
        }
    }

    private static void StoreCodes(Vector256<byte> codes, float* target, float* scales)
    {
        Vector512.Store(Centred(codes.GetLower()) * Vector512.Load(scales), target);
        Vector512.Store(Centred(codes.GetUpper()) * Vector512.Load(scales + 16), target + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Centred(Vector128<byte> codes)
    {
        var (low, high) = Vector128.Widen(codes.AsSByte() - Vector128.Create((sbyte)8));
        return ToSingle(Vector256.Create(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ToSingle(Vector256<short> values)
    {
        var (low, high) = Vector256.Widen(values);
        return Vector512.ConvertToSingle(Vector512.Create(low, high));
    }
}
