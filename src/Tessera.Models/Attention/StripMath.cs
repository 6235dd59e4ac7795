using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Models.Attention;

/// <summary>
/// Elementwise functions and reductions on a strip of scores. Each element's result depends on that element alone, wherever it stands;
/// sums use 16 lanes by index and one fixed tree. So a row's weights do not depend on how its keys lie in memory.
/// </summary>
internal static class StripMath
{
    private const int Lanes = 16;

    /// <summary>A function of one vector of 16.</summary>
    internal interface IFunction
    {
        Vector512<float> Apply(Vector512<float> x);
    }

    /// <summary>Applies a function to each element in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Apply<TFunction>(Span<float> strip, TFunction function) where TFunction : struct, IFunction
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(strip);
        var i = 0;
        for (; i + Lanes <= strip.Length; i += Lanes) function.Apply(Vector512.LoadUnsafe(ref x, (nuint)i)).StoreUnsafe(ref x, (nuint)i);
        if (i == strip.Length) return;
        // The tail goes through the same vector code, so that an element's value does not depend on its place.
        Span<float> tail = stackalloc float[Lanes];
        tail.Clear();
        strip[i..].CopyTo(tail);
        function.Apply(Vector512.Create<float>(tail)).CopyTo(tail);
        tail[..(strip.Length - i)].CopyTo(strip[i..]);
    }

    /// <summary>The largest element; minus infinity if there is none. NaN anywhere gives NaN or is met again by the exponential.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Max(ReadOnlySpan<float> strip)
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(strip);
        var lanes = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i + Lanes <= strip.Length; i += Lanes) lanes = Vector512.MaxNative(lanes, Vector512.LoadUnsafe(ref x, (nuint)i));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++) max = MathF.Max(max, lanes[lane]);
        for (; i < strip.Length; i++) max = MathF.Max(max, strip[i]);
        return max;
    }

    /// <summary>Replaces each element by e^(element - shift) and returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float ExpAndSum(Span<float> strip, float shift)
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(strip);
        var sum = Vector512<float>.Zero;
        var offset = Vector512.Create(shift);
        var i = 0;
        for (; i + Lanes <= strip.Length; i += Lanes)
        {
            var e = Exp(Vector512.LoadUnsafe(ref x, (nuint)i) - offset);
            e.StoreUnsafe(ref x, (nuint)i);
            sum += e;
        }

        if (i < strip.Length)
        {
            Span<float> tail = stackalloc float[Lanes];
            tail.Fill(float.NegativeInfinity); // e^-inf adds an exact zero
            strip[i..].CopyTo(tail);
            var e = Exp(Vector512.Create<float>(tail) - offset);
            sum += e;
            e.CopyTo(tail);
            tail[..(strip.Length - i)].CopyTo(strip[i..]);
        }

        return Sum(sum);
    }

    /// <summary>Σ a·b, lanes by index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i + Lanes <= a.Length; i += Lanes) sum = Vector512.FusedMultiplyAdd(Vector512.Create(a[i..]), Vector512.Create(b[i..]), sum);
        if (i < a.Length)
        {
            Span<float> tails = stackalloc float[2 * Lanes];
            tails.Clear();
            a[i..].CopyTo(tails);
            b[i..].CopyTo(tails[Lanes..]);
            sum = Vector512.FusedMultiplyAdd(Vector512.Create<float>(tails), Vector512.Create<float>(tails[Lanes..]), sum);
        }

        return Sum(sum);
    }

    /// <summary>Adds the lanes in one fixed tree.</summary>
    internal static float Sum(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    /// <summary>e^x of one number, the same bits as in a strip.</summary>
    internal static float Exp(float x) => Exp(Vector512.Create(x))[0];

    /// <summary>
    /// e^x for x ≤ 88.7; 0 below -87.3 (no subnormal results). Range reduction by ln 2 in two parts and a polynomial of degree 5 (Cephes' expf,
    /// within 2 units in the last place).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Exp(Vector512<float> x)
    {
        var rounder = Vector512.Create(12582912f); // 1.5·2^23: adding it leaves the nearest integer in the low bits
        var scaled = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), rounder);
        var n = scaled - rounder;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = ((scaled.AsInt32() + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87.336f)), Vector512<float>.Zero, p * power);
    }

    /// <summary>tanh x: an odd polynomial near zero, where 1 - 2/(e^2x + 1) would cancel (Cephes' tanhf).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Tanh(Vector512<float> x)
    {
        var size = Vector512.Abs(x);
        var z = x * x;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(-5.70498872745e-3f), z, Vector512.Create(2.06390887954e-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-5.37397155531e-2f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(1.33314422036e-1f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-3.33332819422e-1f));
        var near = Vector512.FusedMultiplyAdd(p * z, x, x);
        var e = Exp(Vector512.MinNative(size, Vector512.Create(10f)) * -2f);
        var far = (Vector512<float>.One - e) / (Vector512<float>.One + e);
        far = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), -far, far);
        return Vector512.ConditionalSelect(Vector512.LessThan(size, Vector512.Create(0.625f)), near, far);
    }
}
