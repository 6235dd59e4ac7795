using System.Runtime.CompilerServices;
using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Elementary functions of as many numbers as a register holds. The errors stated are the largest found against double precision over the whole range of floats
/// (every 1,013th bit pattern); NaN gives NaN.
/// </summary>
internal static class VectorMath
{
    private static Vector<float> One => Vector<float>.One;

    /// <summary>a·b + c, in one rounding where the machine has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> c) => Vector.MultiplyAddEstimate(a, b, c);

    /// <summary>a·b + c with a constant factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> a, float b, Vector<float> c) => MultiplyAdd(a, Vector.Create(b), c);

    /// <summary>eˣ within 1 unit in the last place (1.2 on a machine without fused multiply-add); subnormal results and infinity included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        // Below -104 the result is 0, above 89 infinity. The limit stands first: so NaN passes.
        x = Vector.MinNative(Vector.Create(89f), Vector.MaxNative(Vector.Create(-104f), x));
        var (fraction, n) = Reduce(x);
        var power = MultiplyAdd(fraction, ExpMinusOneOver(fraction), One); // eʳ = 1 + r·((eʳ - 1)/r)
        var half = n >> 1; // 2ⁿ in two steps, because it may be larger than the largest float, or subnormal
        return power * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>eˣ - 1 for x ≤ 0 within 1.2 units in the last place, near 0 as well.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> ExpMinusOne(Vector<float> x)
    {
        var (fraction, n) = Reduce(Vector.MaxNative(Vector.Create(-40f), x)); // -1 from there on
        var scale = PowerOfTwo(n);
        return MultiplyAdd(scale, fraction * ExpMinusOneOver(fraction), scale - One);
    }

    /// <summary>1/(1 + e⁻ˣ) within 2.6 units in the last place, on the negative side as well.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sigmoid(Vector<float> x)
    {
        var e = Exp(-Vector.Abs(x));
        var upper = One / (One + e);
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), e * upper, upper);
    }

    /// <summary>tanh x within 2.5 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tanh(Vector<float> x)
    {
        var e = ExpMinusOne(-2f * Vector.Abs(x)); // tanh|x| = (1 - e^(-2|x|))/(1 + e^(-2|x|))
        return Vector.CopySign(-e / (e + Vector.Create(2f)), x);
    }

    /// <summary>ln(1 + e) for 0 ≤ e ≤ 1 within 2 units in the last place: 2·artanh(s), s = e/(2 + e) ≤ 1/3, by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> LogOnePlus(Vector<float> e)
    {
        var s = e / (e + Vector.Create(2f));
        var square = s * s;
        var sum = Vector.Create(2f / 17); // the next term is below 2^-27 of the first
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 15));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 13));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 11));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 9));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 7));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 5));
        sum = MultiplyAdd(sum, square, Vector.Create(2f / 3));
        return MultiplyAdd(sum * square, s, s + s);
    }

    /// <summary>
    /// The normal distribution at x: the tail Φ(-|x|) within 8 units in the last place (70 without fused multiply-add), and the density e^(-x²/2)/√(2π).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<float> Tail, Vector<float> Density) Normal(Vector<float> x)
    {
        var z = Vector.MinNative(Vector.Create(14.5f), Vector.Abs(x)); // both are 0 from there on
        var square = z * z;
        var lost = MultiplyAdd(z, z, -square); // what the square's rounding took
        var e = Exp(-0.5f * square) * MultiplyAdd(lost, -0.5f, One);

        // Φ(-z)·e^(z²/2) as a polynomial in (z - 3)/(z + 3) with least relative error (9.3e-9) on [0, 14.5], fitted by Lawson's method.
        var t = (z - Vector.Create(3f)) / (z + Vector.Create(3f));
        var ratio = Vector.Create(5.31615003e-05f);
        ratio = MultiplyAdd(ratio, t, Vector.Create(0.000115013847f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(-0.000339012375f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(-0.000983288452f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(0.00290438723f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(0.00613194237f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(-0.0462132636f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(0.123225041f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(-0.20640262f));
        ratio = MultiplyAdd(ratio, t, Vector.Create(0.121513948f));
        return (ratio * e, e * 0.39894228f);
    }

    /// <summary>x = n·ln 2 + r with |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Fraction, Vector<int> N) Reduce(Vector<float> x)
    {
        var n = Vector.Round(x * 1.44269504f);
        var fraction = MultiplyAdd(n, -0.693359375f, x); // ln 2 in two parts; the first has nine bits, so that n times it is exact
        return (MultiplyAdd(n, 2.12194440e-4f, fraction), Vector.ConvertToInt32Native(n));
    }

    /// <summary>(eʳ - 1)/r by its series; the next term is below 2^-26.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> ExpMinusOneOver(Vector<float> r)
    {
        var sum = Vector.Create(1f / 5040);
        sum = MultiplyAdd(sum, r, Vector.Create(1f / 720));
        sum = MultiplyAdd(sum, r, Vector.Create(1f / 120));
        sum = MultiplyAdd(sum, r, Vector.Create(1f / 24));
        sum = MultiplyAdd(sum, r, Vector.Create(1f / 6));
        sum = MultiplyAdd(sum, r, Vector.Create(0.5f));
        return MultiplyAdd(sum, r, One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<int> n) => Vector.AsVectorSingle(n + Vector.Create(127) << 23);
}
