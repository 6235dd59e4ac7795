using System.Runtime.CompilerServices;

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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Rotate(float* row, int heads, int headSize, int position, bool inverse = false)
    {
        var half = Half;
        fixed (float* cosines = &_table[position * 2 * half])
        {
            var sines = cosines + half;
            var sign = inverse ? -1f : 1f;
            var (step, distance) = Settings.Interleaved ? (2, 1) : (1, half);
            for (var head = 0; head < heads; head++, row += headSize)
            {
                for (var i = 0; i < half; i++)
                {
                    ref var a = ref row[i * step];
                    ref var b = ref row[i * step + distance];
                    var (c, s) = (cosines[i], sign * sines[i]);
                    (a, b) = (a * c - b * s, b * c + a * s);
                }
            }
        }
    }
}
