using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Models.Attention;

namespace Tessera.Models.Scan;

/// <summary>Sixteen channels side by side in a vector, the last block of a width with fewer; and the functions that scans apply to them.</summary>
internal static unsafe class ChannelLanes
{
    internal const int Count = 16;

    internal static int Blocks(int channels) => (channels + Count - 1) / Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Load(float* source, int lanes) => lanes == Count ? Vector512.Load(source) : LoadEvery(source, 1, lanes);

    /// <summary>Every <paramref name="stride"/>-th float; zeros behind the last lane.</summary>
    internal static Vector512<float> LoadEvery(float* source, int stride, int lanes)
    {
        var values = stackalloc float[Count];
        for (var i = 0; i < Count; i++) values[i] = i < lanes ? source[i * stride] : 0f;
        return Vector512.Load(values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector512<float> value, float* target, int lanes)
    {
        if (lanes == Count) value.Store(target);
        else for (var i = 0; i < lanes; i++) target[i] = value[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Add(Vector512<float> value, float* target, int lanes) => Store(Load(target, lanes) + value, target, lanes);

    /// <summary>Adds to every <paramref name="stride"/>-th float.</summary>
    internal static void AddEvery(Vector512<float> value, float* target, int stride, int lanes)
    {
        for (var i = 0; i < lanes; i++) target[i * stride] += value[i];
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + StripMath.Exp(Vector512.Min(-x, Vector512.Create(88f)))); // e^88 is the last finite power

    /// <summary>The derivative of x·sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> SiluSlope(Vector512<float> x)
    {
        var s = Sigmoid(x);
        return s * (Vector512<float>.One + x * (Vector512<float>.One - s));
    }

    /// <summary>ln(1 + e^x), exact to a few units in the last place also where e^x is tiny (Kahan's correction of the rounded 1 + e).</summary>
    internal static Vector512<float> Softplus(Vector512<float> x)
    {
        var e = StripMath.Exp(-Vector512.Abs(x));
        var u = Vector512<float>.One + e;
        var corrected = Vector512.Log(u) * e / (u - Vector512<float>.One);
        var log = Vector512.ConditionalSelect(Vector512.Equals(u, Vector512<float>.One), e, corrected);
        return Vector512.Max(x, Vector512<float>.Zero) + log;
    }
}
