using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Rows taken sixteen values at a time. Element i of a row always lies in lane i mod 16, whatever the machine's vectors are, and sums are
/// taken in one order; so a row's result depends on the row alone. A machine with narrower vectors works on the sixteen lanes in pieces.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>The number of lanes.</summary>
    public const int Count = 16;

    /// <summary>
    /// Values that are summed in F32 before the sum moves to a double: 64 additions a lane, so that rounding does not grow with long rows.
    /// </summary>
    public const int Block = 1024;

    /// <summary>Up to sixteen values; lanes behind the row's end hold <paramref name="padding"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source, int remaining, float padding = 0f) =>
        remaining >= Count ? Vector512.Load(source) : LoadTail(source, remaining, padding);

    /// <summary>Stores up to sixteen lanes, those that lie inside the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> lanes, float* destination, int remaining)
    {
        if (remaining >= Count) lanes.Store(destination);
        else StoreTail(lanes, destination, remaining);
    }

    /// <summary>The sum of the lanes, halved again and again.</summary>
    public static float Sum(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    /// <summary>The largest lane; NaN if there is one.</summary>
    public static float Max(Vector512<float> lanes)
    {
        var eight = Vector256.Max(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadTail(float* source, int remaining, float padding)
    {
        var lanes = stackalloc float[Count];
        for (var i = 0; i < Count; i++) lanes[i] = i < remaining ? source[i] : padding;
        return Vector512.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTail(Vector512<float> values, float* destination, int remaining)
    {
        var lanes = stackalloc float[Count];
        values.Store(lanes);
        for (var i = 0; i < remaining; i++) destination[i] = lanes[i];
    }
}
