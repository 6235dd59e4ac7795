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
        var h = Vector256.WidenLower(Vector128.Load(p).ToVector256Unsafe());
        var magnitude = h & Vector256.Create(0x7FFFu);
        var sign = (h & Vector256.Create(0x8000u)) << 16;
        // Shifted into place the exponent lacks the difference of the biases, 112; multiplying by 2^112 also makes subnormals right.
        var finite = ((magnitude << 13).AsSingle() * Vector256.Create(0x77800000u).AsSingle()).AsUInt32();
        var special = (magnitude << 13) | Vector256.Create(0x7F800000u);
        var isSpecial = Vector256.GreaterThanOrEqual(magnitude.AsInt32(), Vector256.Create(0x7C00)).AsUInt32();
        return (Vector256.ConditionalSelect(isSpecial, special, finite) | sign).AsSingle();
    }

    /// <summary>Sixteen halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(ushort* p)
    {
        var h = Vector512.WidenLower(Vector256.Load(p).ToVector512Unsafe());
        var magnitude = h & Vector512.Create(0x7FFFu);
        var sign = (h & Vector512.Create(0x8000u)) << 16;
        var finite = ((magnitude << 13).AsSingle() * Vector512.Create(0x77800000u).AsSingle()).AsUInt32();
        var special = (magnitude << 13) | Vector512.Create(0x7F800000u);
        var isSpecial = Vector512.GreaterThanOrEqual(magnitude.AsInt32(), Vector512.Create(0x7C00)).AsUInt32();
        return (Vector512.ConditionalSelect(isSpecial, special, finite) | sign).AsSingle();
    }

    /// <summary>Four halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load4(ushort* p)
    {
        var h = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16());
        var magnitude = h & Vector128.Create(0x7FFFu);
        var sign = (h & Vector128.Create(0x8000u)) << 16;
        var finite = ((magnitude << 13).AsSingle() * Vector128.Create(0x77800000u).AsSingle()).AsUInt32();
        var special = (magnitude << 13) | Vector128.Create(0x7F800000u);
        var isSpecial = Vector128.GreaterThanOrEqual(magnitude.AsInt32(), Vector128.Create(0x7C00)).AsUInt32();
        return (Vector128.ConditionalSelect(isSpecial, special, finite) | sign).AsSingle();
    }
}
