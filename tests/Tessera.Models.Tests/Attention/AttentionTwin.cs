namespace Tessera.Models.Tests.Attention;

/// <summary>
/// Attention of one sequence and its backward in double precision, straight from the formulas. A score is shaped as
/// softcap·tanh(scale·dot / softcap) + bias(head, query, key); the bias may be learnt.
/// </summary>
internal sealed class AttentionTwin(int rows, int heads, int kvHeads, int size, int valueSize)
{
    internal double Scale { get; init; } = 1;

    internal double Softcap { get; init; }

    internal Func<int, int, bool> Visible { get; init; } = (row, key) => key <= row;

    /// <summary>Index into the learnt numbers, or -1.</summary>
    internal Func<int, int, int, int>? BiasIndex { get; init; }

    internal double[] Bias { get; set; } = [];

    internal double[] Fixed { get; init; } = [];

    internal double[] Forward(double[] q, double[] k, double[] v)
    {
        var output = new double[rows * heads * valueSize];
        for (var row = 0; row < rows; row++)
        {
            for (var head = 0; head < heads; head++)
            {
                var weights = Weights(q, k, row, head, out _);
                for (var j = 0; j < rows; j++)
                {
                    for (var i = 0; i < valueSize; i++) output[(row * heads + head) * valueSize + i] += weights[j] * v[(j * kvHeads + Kv(head)) * valueSize + i];
                }
            }
        }

        return output;
    }

    internal (double[] Q, double[] K, double[] V, double[] Bias) Backward(double[] q, double[] k, double[] v, double[] gradient)
    {
        var (dq, dk, dv, db) = (new double[q.Length], new double[k.Length], new double[v.Length], new double[Bias.Length]);
        for (var row = 0; row < rows; row++)
        {
            for (var head = 0; head < heads; head++)
            {
                var weights = Weights(q, k, row, head, out var slopes);
                var dw = new double[rows];
                var o = (row * heads + head) * valueSize;
                for (var j = 0; j < rows; j++)
                {
                    for (var i = 0; i < valueSize; i++)
                    {
                        var at = (j * kvHeads + Kv(head)) * valueSize + i;
                        dw[j] += gradient[o + i] * v[at];
                        dv[at] += weights[j] * gradient[o + i];
                    }
                }

                var mean = weights.Zip(dw, (a, b) => a * b).Sum();
                for (var j = 0; j < rows; j++)
                {
                    var ds = weights[j] * (dw[j] - mean);
                    if (BiasIndex?.Invoke(head, row, j) is >= 0 and var index && Visible(row, j)) db[index] += ds;
                    var dd = ds * slopes[j];
                    for (var i = 0; i < size; i++)
                    {
                        dq[(row * heads + head) * size + i] += dd * k[(j * kvHeads + Kv(head)) * size + i];
                        dk[(j * kvHeads + Kv(head)) * size + i] += dd * q[(row * heads + head) * size + i];
                    }
                }
            }
        }

        return (dq, dk, dv, db);
    }

    private int Kv(int head) => head / (heads / kvHeads);

    private double[] Weights(double[] q, double[] k, int row, int head, out double[] slopes)
    {
        var weights = new double[rows];
        slopes = new double[rows];
        var max = double.NegativeInfinity;
        for (var j = 0; j < rows; j++)
        {
            weights[j] = double.NegativeInfinity;
            if (!Visible(row, j)) continue;
            var dot = 0.0;
            for (var i = 0; i < size; i++) dot += q[(row * heads + head) * size + i] * k[(j * kvHeads + Kv(head)) * size + i];
            var tanh = Softcap == 0 ? 0 : Math.Tanh(dot * Scale / Softcap);
            weights[j] = Softcap == 0 ? dot * Scale : Softcap * tanh;
            slopes[j] = Softcap == 0 ? Scale : Scale * (1 - tanh * tanh);
            if (BiasIndex?.Invoke(head, row, j) is >= 0 and var index) weights[j] += Bias[index];
            if (Fixed.Length > 0) weights[j] += Fixed[head] * (j - row);
            max = Math.Max(max, weights[j]);
        }

        var sum = 0.0;
        for (var j = 0; j < rows; j++) sum += weights[j] = double.IsNegativeInfinity(max) ? 0 : Math.Exp(weights[j] - max);
        for (var j = 0; j < rows && sum > 0; j++) weights[j] /= sum;
        return weights;
    }
}
