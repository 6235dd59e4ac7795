using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Cosines and sines of one <see cref="RotarySettings"/> for the positions seen so far, and the rotation itself. Grows on demand and is
/// shared by all passes; a table once read stays valid.
/// </summary>
public sealed unsafe class RotaryTable
{
    private readonly Lock _growing = new();
    private readonly float[] _inverseFrequencies;
    private readonly float _factor;
    private float[] _table; // [position, 2, half]: cosines, then sines

    /// <summary>Prepares a table.</summary>
    /// <param name="settings">The rotation.</param>
    /// <param name="length">The sequences' length, where the settings depend on it.</param>
    public RotaryTable(RotarySettings settings, int length = 0)
    {
        Settings = settings;
        _inverseFrequencies = settings.InverseFrequencies(length);
        _factor = (float)settings.ResolvedAttentionFactor;
        _table = [];
    }

    /// <summary>The rotation.</summary>
    public RotarySettings Settings { get; }

    private int Half => _inverseFrequencies.Length;

    /// <summary>Makes the table reach a position; call it before <see cref="Rotate"/> runs on several threads.</summary>
    public void Reach(int position)
    {
        if (position < Volatile.Read(ref _table).Length / (2 * Half)) return;
        lock (_growing)
        {
            var known = _table.Length / (2 * Half);
            if (position < known) return;
            var table = new float[checked(Math.Max(position + 1, known * 2) * 2 * Half)];
            _table.CopyTo(table, 0);
            for (var p = known; p < table.Length / (2 * Half); p++)
            {
                for (var i = 0; i < Half; i++)
                {
                    // The angle is rounded to F32 first, as the reference implementations do.
                    var (sine, cosine) = Math.SinCos(p * _inverseFrequencies[i]);
                    table[p * 2 * Half + i] = (float)cosine * _factor;
                    table[p * 2 * Half + Half + i] = (float)sine * _factor;
                }
            }

            Volatile.Write(ref _table, table);
        }
    }

    /// <summary>Rotates all heads of one row in place.</summary>
    /// <param name="row">The row: <paramref name="heads"/> heads of <paramref name="headSize"/> floats.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headSize">Floats of a head; those behind the rotated size stay as they are.</param>
    /// <param name="position">The position, at most what <see cref="Reach"/> was told.</param>
    /// <param name="inverse">Whether to rotate back (the backward of the rotation).</param>
    public void Rotate(float* row, int heads, int headSize, int position, bool inverse = false)
    {
        var half = Half;
        var sign = inverse ? -1f : 1f;
        fixed (float* cosines = &_table[position * 2 * half])
        {
            for (var head = 0; head < heads; head++, row += headSize)
            {
                if (Settings.Interleaved) RotateNeighbours(row, cosines, cosines + half, half, sign);
                else RotateHalves(row, row + half, cosines, cosines + half, half, sign);
            }
        }
    }

    // (a, b) → (a·cos - b·sin, b·cos + a·sin), no product fused with a sum: the same bits for every length and layout.
    private static void RotateHalves(float* first, float* second, float* cosines, float* sines, int half, float sign)
    {
        var i = 0;
        for (; i <= half - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (a, b) = (Vector.Load(first + i), Vector.Load(second + i));
            var (c, s) = (Vector.Load(cosines + i), Vector.Load(sines + i) * sign);
            (a * c - b * s).Store(first + i);
            (b * c + a * s).Store(second + i);
        }

        for (; i < half; i++)
        {
            var (a, b, s) = (first[i], second[i], sines[i] * sign);
            (first[i], second[i]) = (a * cosines[i] - b * s, b * cosines[i] + a * s);
        }
    }

    private static void RotateNeighbours(float* row, float* cosines, float* sines, int half, float sign)
    {
        // Lanes 2i and 2i + 1 hold a and b: times cos, plus the neighbour times -sin or sin.
        var swapped = Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6);
        var doubled = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3);
        var signs = Vector256.Create(-sign, sign, -sign, sign, -sign, sign, -sign, sign);
        var i = 0;
        for (; i <= half - 4; i += 4)
        {
            var values = Vector256.Load(row + 2 * i);
            var c = Vector256.Shuffle(Vector128.Load(cosines + i).ToVector256Unsafe(), doubled);
            var s = Vector256.Shuffle(Vector128.Load(sines + i).ToVector256Unsafe(), doubled) * signs;
            (values * c + Vector256.Shuffle(values, swapped) * s).Store(row + 2 * i);
        }

        for (; i < half; i++)
        {
            var (a, b, s) = (row[2 * i], row[2 * i + 1], sines[i] * sign);
            (row[2 * i], row[2 * i + 1]) = (a * cosines[i] - b * s, b * cosines[i] + a * s);
        }
    }
}
