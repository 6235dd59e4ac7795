namespace Tessera.Models.Tests.Scan;

/// <summary>Convolution and selective scan of one sequence in double, as MambaMixer.slow_forward of transformers writes them.</summary>
internal static class MambaTwin
{
    internal static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    internal static double[] Convolve(double[] x, double[] weights, double[] bias, int rows, int channels, int taps)
    {
        var y = new double[rows * channels];
        for (var t = 0; t < rows; t++)
        {
            for (var c = 0; c < channels; c++)
            {
                var sum = bias[c];
                for (var k = 0; k < taps; k++)
                {
                    if (t - taps + 1 + k >= 0) sum += weights[c * taps + k] * x[(t - taps + 1 + k) * channels + c];
                }

                y[t * channels + c] = sum * Sigmoid(sum);
            }
        }

        return y;
    }

    /// <summary>Arrays in the order x, time step, B, C, gate, log A, D.</summary>
    internal static double[] Scan(double[][] arrays, int rows, int channels, int size, double[]? final = null)
    {
        var (x, dt, b, c, gate, logA, d) = (arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], arrays[5], arrays[6]);
        var y = new double[rows * channels];
        for (var channel = 0; channel < channels; channel++)
        {
            var h = new double[size];
            for (var t = 0; t < rows; t++)
            {
                var at = t * channels + channel;
                var step = Math.Log(1 + Math.Exp(dt[at]));
                var sum = d[channel] * x[at];
                for (var n = 0; n < size; n++)
                {
                    h[n] = Math.Exp(-Math.Exp(logA[channel * size + n]) * step) * h[n] + step * b[t * size + n] * x[at];
                    sum += h[n] * c[t * size + n];
                }

                y[at] = sum * gate[at] * Sigmoid(gate[at]);
            }

            if (final is not null) h.CopyTo(final, channel * size);
        }

        return y;
    }
}
