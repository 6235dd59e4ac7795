namespace Tessera.Tensors.Kernels;

/// <summary>
/// The order in which rows are summed, the same on every machine: element i goes to lane i mod 16, a lane adds at most 64 values in F32, then the
/// lanes are halved again and again, and what is left is added to a double.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>The number of lanes; a multiple of every register's.</summary>
    public const int Count = 16;

    /// <summary>Values that are summed in F32 before the sum moves to a double, so that rounding does not grow with long rows.</summary>
    public const int Block = 1024;

    /// <summary>The sum of the lanes, which it overwrites.</summary>
    public static float Sum(float* lanes)
    {
        for (var half = Count / 2; half > 0; half /= 2)
            for (var i = 0; i < half; i++) lanes[i] += lanes[i + half];
        return lanes[0];
    }

    /// <summary>Copies the end of a row, fewer than sixteen values, and fills up with zeros.</summary>
    public static void CopyTail(float* source, int count, float* lanes)
    {
        for (var i = 0; i < Count; i++) lanes[i] = i < count ? source[i] : 0f;
    }
}
