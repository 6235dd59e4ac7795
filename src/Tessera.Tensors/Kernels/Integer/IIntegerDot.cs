using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// One step of an integer dot product: in every 32-bit lane, the sum of 4 products of unsigned codes and signed values. All are exact:
/// <c>vpmaddubsw</c>, whose 16-bit sums would saturate on bytes, is used on codes below 16 only (8 steps × 2 × 15 × 128 = 30,720).
/// </summary>
internal unsafe interface IIntegerDot<TInt, TCodes, TValues>
    where TInt : struct
    where TCodes : struct
    where TValues : struct
{
    /// <summary>What a vector of codes becomes once for all rows.</summary>
    static abstract TCodes Prepare(TInt codes);

    /// <summary>Four values of a row in every lane.</summary>
    static abstract TValues Spread(byte* values);

    /// <summary>Adds a step to the running sums.</summary>
    static abstract TInt Dot(TInt sum, TCodes codes, TValues values);

    /// <summary>Running sums to 32-bit sums, once per 8 steps at most.</summary>
    static abstract TInt Finish(TInt sum);
}

/// <summary>Two vectors: the even and the odd bytes of another, widened to 16 bits.</summary>
internal readonly struct EvenOdd<TVector>(TVector even, TVector odd)
    where TVector : struct
{
    public readonly TVector Even = even, Odd = odd;
}

/// <summary>512 bits, codes to 255: <c>vpmaddwd</c> on 16-bit halves.</summary>
internal readonly unsafe struct MaddWide512 : IIntegerDot<Vector512<int>, EvenOdd<Vector512<short>>, EvenOdd<Vector512<short>>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EvenOdd<Vector512<short>> Prepare(Vector512<int> codes) =>
        new((codes & Vector512.Create(0x00FF00FF)).AsInt16(), codes.AsInt16() >>> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EvenOdd<Vector512<short>> Spread(byte* values)
    {
        var four = Vector512.Create(*(int*)values).AsInt16();
        return new((four << 8) >> 8, four >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot(Vector512<int> sum, EvenOdd<Vector512<short>> codes, EvenOdd<Vector512<short>> values) =>
        sum + Avx512BW.MultiplyAddAdjacent(codes.Even, values.Even) + Avx512BW.MultiplyAddAdjacent(codes.Odd, values.Odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Finish(Vector512<int> sum) => sum;
}

/// <summary>512 bits, codes below 16: <c>vpmaddubsw</c> summed in 16 bits.</summary>
internal readonly unsafe struct MaddSmall512 : IIntegerDot<Vector512<int>, Vector512<byte>, Vector512<sbyte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Prepare(Vector512<int> codes) => codes.AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<sbyte> Spread(byte* values) => Vector512.Create(*(int*)values).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot(Vector512<int> sum, Vector512<byte> codes, Vector512<sbyte> values) =>
        (sum.AsInt16() + Avx512BW.MultiplyAddAdjacent(codes, values)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Finish(Vector512<int> sum) => Avx512BW.MultiplyAddAdjacent(sum.AsInt16(), Vector512<short>.One);
}

/// <summary>256 bits, codes to 255: <c>vpmaddwd</c> on 16-bit halves.</summary>
internal readonly unsafe struct MaddWide256 : IIntegerDot<Vector256<int>, EvenOdd<Vector256<short>>, EvenOdd<Vector256<short>>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EvenOdd<Vector256<short>> Prepare(Vector256<int> codes) =>
        new((codes & Vector256.Create(0x00FF00FF)).AsInt16(), codes.AsInt16() >>> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EvenOdd<Vector256<short>> Spread(byte* values)
    {
        var four = Vector256.Create(*(int*)values).AsInt16();
        return new((four << 8) >> 8, four >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> sum, EvenOdd<Vector256<short>> codes, EvenOdd<Vector256<short>> values) =>
        sum + Avx2.MultiplyAddAdjacent(codes.Even, values.Even) + Avx2.MultiplyAddAdjacent(codes.Odd, values.Odd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Finish(Vector256<int> sum) => sum;
}

/// <summary>256 bits, codes below 16: <c>vpmaddubsw</c> summed in 16 bits.</summary>
internal readonly unsafe struct MaddSmall256 : IIntegerDot<Vector256<int>, Vector256<byte>, Vector256<sbyte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(Vector256<int> codes) => codes.AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Spread(byte* values) => Vector256.Create(*(int*)values).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> sum, Vector256<byte> codes, Vector256<sbyte> values) =>
        (sum.AsInt16() + Avx2.MultiplyAddAdjacent(codes, values)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Finish(Vector256<int> sum) => Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256<short>.One);
}

/// <summary>256 bits, AVX-VNNI: <c>vpdpbusd</c>.</summary>
internal readonly unsafe struct Vnni256 : IIntegerDot<Vector256<int>, Vector256<byte>, Vector256<sbyte>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Prepare(Vector256<int> codes) => codes.AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> Spread(byte* values) => Vector256.Create(*(int*)values).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot(Vector256<int> sum, Vector256<byte> codes, Vector256<sbyte> values) =>
        AvxVnni.MultiplyWideningAndAdd(sum, codes, values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Finish(Vector256<int> sum) => sum;
}

/// <summary>Four vectors: the bytes of another, each widened to 32 bits.</summary>
internal readonly struct FourBytes(Vector128<int> b0, Vector128<int> b1, Vector128<int> b2, Vector128<int> b3)
{
    public readonly Vector128<int> B0 = b0, B1 = b1, B2 = b2, B3 = b3;
}

/// <summary>128 bits, portable: 32-bit products.</summary>
internal readonly unsafe struct Multiply128 : IIntegerDot<Vector128<int>, FourBytes, FourBytes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourBytes Prepare(Vector128<int> codes)
    {
        var mask = Vector128.Create(0xFF);
        return new(codes & mask, (codes >>> 8) & mask, (codes >>> 16) & mask, codes >>> 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourBytes Spread(byte* values)
    {
        var p = (sbyte*)values;
        return new(Vector128.Create((int)p[0]), Vector128.Create((int)p[1]), Vector128.Create((int)p[2]), Vector128.Create((int)p[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Dot(Vector128<int> sum, FourBytes codes, FourBytes values) =>
        sum + codes.B0 * values.B0 + codes.B1 * values.B1 + (codes.B2 * values.B2 + codes.B3 * values.B3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Finish(Vector128<int> sum) => sum;
}
