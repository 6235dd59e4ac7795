using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Widens IEEE halves to F32 in vector registers, exactly, subnormals, infinities and NaNs included. The framework's own conversion costs
/// hundreds of cycles inside vector code (it is scalar, and .NET 10 has no F16C), so kernels never use it.
/// </summary>
internal static unsafe class HalfLanes
{
    /// <summary>Eight halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(ushort* p)
    {
        var bits = (Vector256.WidenLower(Vector128.Load(p).ToVector256Unsafe()) << 16).AsInt32();
        // Sign in place, the rest three bits down: an F32 whose exponent lacks the difference of the biases, 112. The product makes
        // up for it, subnormals included.
        var scaled = (bits >> 3) & Vector256.Create(unchecked((int)0x8FFFE000));
        var value = scaled.AsSingle() * Vector256.Create(0x77800000).AsSingle();
        var special = Vector256.GreaterThanOrEqual(scaled & Vector256.Create(0x7FFFFFFF), Vector256.Create(0x0F800000)) & Vector256.Create(0x7F800000);
        return (value.AsInt32() | special).AsSingle(); // infinities and NaNs get the largest exponent back
    }

    /// <summary>Sixteen halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(ushort* p)
    {
        var bits = (Vector512.WidenLower(Vector256.Load(p).ToVector512Unsafe()) << 16).AsInt32();
        // Sign in place, the rest three bits down: an F32 whose exponent lacks the difference of the biases, 112. The product makes
        // up for it, subnormals included.
        var scaled = (bits >> 3) & Vector512.Create(unchecked((int)0x8FFFE000));
        var value = scaled.AsSingle() * Vector512.Create(0x77800000).AsSingle();
        var special = Vector512.GreaterThanOrEqual(scaled & Vector512.Create(0x7FFFFFFF), Vector512.Create(0x0F800000)) & Vector512.Create(0x7F800000);
        return (value.AsInt32() | special).AsSingle(); // infinities and NaNs get the largest exponent back
    }

    /// <summary>Eight BF16 numbers: the upper halves of F32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadBFloat8(ushort* p) => (Vector256.WidenLower(Vector128.Load(p).ToVector256Unsafe()) << 16).AsSingle();

    /// <summary>Sixteen BF16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadBFloat16(ushort* p) => (Vector512.WidenLower(Vector256.Load(p).ToVector512Unsafe()) << 16).AsSingle();

    /// <summary>Four BF16 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadBFloat4(ushort* p) => (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16()) << 16).AsSingle();

    /// <summary>Four halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load4(ushort* p)
    {
        var bits = (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16()) << 16).AsInt32();
        // Sign in place, the rest three bits down: an F32 whose exponent lacks the difference of the biases, 112. The product makes
        // up for it, subnormals included.
        var scaled = (bits >> 3) & Vector128.Create(unchecked((int)0x8FFFE000));
        var value = scaled.AsSingle() * Vector128.Create(0x77800000).AsSingle();
        var special = Vector128.GreaterThanOrEqual(scaled & Vector128.Create(0x7FFFFFFF), Vector128.Create(0x0F800000)) & Vector128.Create(0x7F800000);
        return (value.AsInt32() | special).AsSingle(); // infinities and NaNs get the largest exponent back
    }
}
