using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <summary>
/// The last step of every block format: sixteen small integers become sixteen F32 numbers, times a scale, plus an offset. The only place of
/// the formats that asks how wide the machine's vectors are. Multiplication and addition stay two roundings, as the formats define them.
/// </summary>
internal static unsafe class CodeExpansion
{
    /// <summary>destination[i] = codes[i]·scale for i &lt; 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(Vector128<sbyte> codes, float scale, float* destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            (Widen512(codes) * scale).Store(destination);
            return;
        }

        var shorts = Vector256.WidenLower(codes.ToVector256Unsafe());
        (Vector256.ConvertToSingle(Vector256.WidenLower(shorts)) * scale).Store(destination);
        (Vector256.ConvertToSingle(Vector256.WidenUpper(shorts)) * scale).Store(destination + 8);
    }

    /// <summary>destination[i] = codes[i]·scale + offset for i &lt; 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleAndShift(Vector128<sbyte> codes, float scale, float offset, float* destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            (Widen512(codes) * scale + Vector512.Create(offset)).Store(destination);
            return;
        }

        var shorts = Vector256.WidenLower(codes.ToVector256Unsafe());
        (Vector256.ConvertToSingle(Vector256.WidenLower(shorts)) * scale + Vector256.Create(offset)).Store(destination);
        (Vector256.ConvertToSingle(Vector256.WidenUpper(shorts)) * scale + Vector256.Create(offset)).Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen512(Vector128<sbyte> codes)
    {
        var shorts = Vector256.WidenLower(codes.ToVector256Unsafe());
        return Vector512.ConvertToSingle(Vector512.WidenLower(shorts.ToVector512Unsafe()));
    }
}
