namespace Tessera.Models.Tests.Passes;

/// <summary>The definitions of the operations, in double, straight from the formulas.</summary>
internal static class TwinMath
{
    public static double[] Linear(double[] x, double[] w, double[]? bias, int rows, int inputs, int outputs)
    {
        var y = new double[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o++)
            {
                var sum = bias?[o] ?? 0;
                for (var k = 0; k < inputs; k++) sum += x[r * inputs + k] * w[o * inputs + k];
                y[r * outputs + o] = sum;
            }
        }

        return y;
    }

    public static double[] RmsNorm(double[] x, double[] gain, double epsilon, double offset)
    {
        var width = gain.Length;
        return Map(x, i =>
        {
            var part = x.AsSpan(i / width * width, width);
            var squares = 0.0;
            foreach (var v in part) squares += v * v;
            return x[i] / Math.Sqrt(squares / width + epsilon) * (gain[i % width] + offset);
        });
    }

    public static double[] LayerNorm(double[] x, double[] gain, double[] bias, double epsilon)
    {
        var width = gain.Length;
        return Map(x, i =>
        {
            var part = x[(i / width * width)..(i / width * width + width)];
            var mean = part.Average();
            return (x[i] - mean) / Math.Sqrt(part.Average(v => (v - mean) * (v - mean)) + epsilon) * gain[i % width] + bias[i % width];
        });
    }

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    /// <summary>Half-split rotation by cosines and sines as the table has them: of an angle and in a precision of 32 bits.</summary>
    public static double[] Rotate(double[] x, int rows, int heads, int size, int rotated, double theta, int[] positions)
    {
        var (y, half) = ((double[])x.Clone(), rotated / 2);
        for (var r = 0; r < rows; r++)
        {
            for (var h = 0; h < heads; h++)
            {
                var at = (r * heads + h) * size;
                for (var i = 0; i < half; i++)
                {
                    var angle = (double)(positions[r] * (float)(1 / Math.Pow(theta, 2.0 * i / rotated)));
                    var (sine, cosine) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
                    y[at + i] = x[at + i] * cosine - x[at + half + i] * sine;
                    y[at + half + i] = x[at + half + i] * cosine + x[at + i] * sine;
                }
            }
        }

        return y;
    }

    /// <summary>Softmax attention of rows to keys, each query head with its KV head.</summary>
    public static double[] Attend(double[] q, double[] k, double[] v, int rows, int keys, int heads, int kvHeads, int size, double scale, Func<int, int, bool> sees, Func<int, int, int, double>? bias = null)
    {
        var y = new double[rows * heads * size];
        for (var r = 0; r < rows; r++)
        {
            for (var h = 0; h < heads; h++)
            {
                var kv = h / (heads / kvHeads);
                var weights = new double[keys];
                for (var j = 0; j < keys; j++)
                {
                    if (!sees(r, j)) continue;
                    var dot = 0.0;
                    for (var i = 0; i < size; i++) dot += q[(r * heads + h) * size + i] * k[(j * kvHeads + kv) * size + i];
                    weights[j] = Math.Exp(dot * scale + (bias?.Invoke(h, r, j) ?? 0));
                }

                var sum = weights.Sum();
                for (var j = 0; j < keys; j++)
                {
                    for (var i = 0; i < size; i++) y[(r * heads + h) * size + i] += weights[j] / sum * v[(j * kvHeads + kv) * size + i];
                }
            }
        }

        return y;
    }

    /// <summary>Σ weight·(ln Σ e^z − z_target).</summary>
    public static double[] CrossEntropy(double[] logits, int[] targets, float[] weights)
    {
        var vocabulary = logits.Length / targets.Length;
        var loss = 0.0;
        for (var r = 0; r < targets.Length; r++)
        {
            var row = logits.AsSpan(r * vocabulary, vocabulary);
            var sum = 0.0;
            foreach (var z in row) sum += Math.Exp(z);
            loss += weights[r] * (Math.Log(sum) - row[targets[r]]);
        }

        return [loss];
    }

    public static double[] Columns(double[] x, int width, int first, int count) => [.. Enumerable.Range(0, x.Length / width * count).Select(i => x[i / count * width + first + i % count])];

    public static double[] Rows(double[] x, int width, params int[] rows) => [.. rows.SelectMany(r => x[(r * width)..(r * width + width)])];

    public static double[] Map(double[] x, Func<int, double> at) => [.. Enumerable.Range(0, x.Length).Select(at)];
}
