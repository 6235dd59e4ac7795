using Tessera.Tensors;

namespace Tessera.Tensors.Tests.Kernels.Rows;

/// <summary>Runs a row kernel on rows of many lengths against a twin in double precision, whose own gradient is checked by central differences.</summary>
internal static class RowCheck
{
    /// <summary>A kernel on a row: reads the sources, writes or adds to the destination.</summary>
    public unsafe delegate void Kernel(float* x, float* dy, int width, float* destination);

    /// <summary>Around the vector width, and past the block after which a sum moves to a double.</summary>
    public static IEnumerable<int> Widths => [.. Enumerable.Range(1, 67), 1023, 1024, 1041, 2500];

    public static double[] Normal(int count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())).Select(v => (double)(float)v)];
    }

    public static float[] Single(double[] values) => [.. values.Select(v => (float)v)];

    /// <summary>Runs a kernel at an odd offset between NaNs, so that reading or writing outside the row shows.</summary>
    public static unsafe float[] Run(Kernel kernel, double[] x, double[]? dy, float[]? initial = null)
    {
        var width = x.Length;
        var (source, gradient, destination) = (Framed(Single(x)), Framed(dy is null ? new float[width] : Single(dy)), Framed(initial ?? new float[width]));
        fixed (float* sourcePointer = source, gradientPointer = gradient, destinationPointer = destination)
            kernel(sourcePointer + 3, gradientPointer + 3, width, destinationPointer + 3);
        for (var i = 0; i < 3; i++)
        {
            float.IsNaN(destination[i]).ShouldBeTrue("written before the row");
            float.IsNaN(destination[^(i + 1)]).ShouldBeTrue("written behind the row");
        }

        return destination[3..^3];
    }

    /// <summary>Compares a forward kernel with its twin; the error is relative to the row's largest result.</summary>
    public static void Forward(Kernel kernel, Func<double[], double[]> twin, double tolerance, double scale = 1)
    {
        foreach (var width in Widths)
        {
            var x = Normal(width, width, scale);
            Close(Run(kernel, x, null), twin(x), tolerance, $"width {width}");
        }
    }

    /// <summary>Compares a backward kernel with its twin, and sees that it adds.</summary>
    public static void Backward(Kernel kernel, Func<double[], double[], double[]> twin, double tolerance, double scale = 1, double floor = 1e-3)
    {
        foreach (var width in Widths)
        {
            var (x, dy) = (Normal(width, width, scale), Normal(width, width + 5000));
            Close(Run(kernel, x, dy), twin(x, dy), tolerance, $"width {width}", floor);
            var initial = Single(Normal(width, 77));
            var added = Run(kernel, x, dy, initial);
            Close(added, [.. twin(x, dy).Zip(initial, (d, i) => d + i)], tolerance, $"added, width {width}");
        }
    }

    /// <summary>Checks a twin's gradient by central differences: |a - n|/(|a| + |n| + 1e-8) below 1e-6 along random directions.</summary>
    public static void TwinGradient(Func<double[], double[]> forward, Func<double[], double[], double[]> backward, double scale = 1)
    {
        foreach (var width in new[] { 1, 2, 3, 17, 40 })
        {
            var (x, dy) = (Normal(width, width + 9, scale), Normal(width, width + 10));
            var gradient = backward(x, dy);
            const double H = 1e-5;
            for (var trial = 0; trial < 8; trial++)
            {
                var direction = Normal(width, 400 + trial);
                var numeric = (Loss(+H) - Loss(-H)) / (2 * H);
                var analytic = gradient.Zip(direction, (g, d) => g * d).Sum();
                // The differences' own rounding, 1e-16 · loss / h, stands in the denominator.
                var size = Math.Abs(analytic) + Math.Abs(numeric) + 1e-8 + 1e-4 * Math.Sqrt(gradient.Sum(g => g * g) * direction.Sum(d => d * d));
                (Math.Abs(analytic - numeric) / size).ShouldBeLessThan(1e-6, $"width {width}: {analytic} against {numeric}");

                double Loss(double step) => forward([.. x.Zip(direction, (v, d) => v + step * d)]).Zip(dy, (y, g) => y * g).Sum();
            }
        }
    }

    /// <summary>Errors relative to the largest entry, or to <paramref name="floor"/>: the size of the terms that may cancel to something small.</summary>
    public static void Close(float[] actual, double[] expected, double tolerance, string what, double floor = 1e-3)
    {
        var size = Math.Max(expected.Max(Math.Abs), floor);
        for (var i = 0; i < expected.Length; i++)
            (Math.Abs(actual[i] - expected[i]) / size).ShouldBeLessThanOrEqualTo(tolerance, $"{what}, entry {i}: {actual[i]:R}, expected {expected[i]:R}");
    }

    private static float[] Framed(float[] row) => [float.NaN, float.NaN, float.NaN, .. row, float.NaN, float.NaN, float.NaN];
}
