using Tessera.Models.Architectures;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Attention;

/// <summary>
/// Length-scaled softplus attention with re-weighting (Gao and Spratling 2025, "Softplus Attention with Re-weighting Boosts Length Extrapolation
/// in Large Language Models", arXiv 2501.13428): for models that are trained with it and then read texts many times as long. With the cosine c of
/// query and key and N visible keys, a = ln(1 + e^(ln d · ln N · c)), A = a / Σa, and the weight is max(0, N·A − O)^p over its sum, where the offset
/// O is 1 from the fourth key on and 0 before: only keys above the average count.
/// </summary>
/// <remarks>
/// Dot products must be cosines: <see cref="QueryKeyNorm.Unit"/> sees to that. N is the number of keys that the row sees, so that under a policy it
/// is what was kept. A row whose keys are all alike has no key above the average and gives zeros.
/// </remarks>
[Method("lssar", "Softplus Attention with Re-weighting Boosts Length Extrapolation in Large Language Models", "2501.13428", 2025, MethodStage.AttentionRule)]
public sealed class SoftplusRule : AttentionRule
{
    private const int OffsetKeys = 4; // rows that see fewer have no offset
    private const double Noise = 1e-12; // what the rounding of sums leaves of an excess that is none

    private readonly double _logSize;
    private readonly double _epsilon;

    /// <summary>Creates the rule.</summary>
    /// <param name="headSize">Floats of a query; at least 2, since its logarithm scales the scores. Default 64.</param>
    /// <param name="power">How much the re-weighting sharpens, at least 1. Default 15, for texts longer than those of the training; 3 at the training's length.</param>
    /// <param name="reweight">Whether the re-weighting is applied; without it the weights are A. Default true.</param>
    /// <param name="epsilon">Added to the sum of the re-weighted figures, above 0. Default 1e-8.</param>
    public SoftplusRule(int headSize = 64, double power = 15, bool reweight = true, double epsilon = 1e-8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(headSize, 2);
        if (!(power >= 1) || !double.IsFinite(power)) throw new ArgumentOutOfRangeException(nameof(power), power, "The power is at least 1.");
        if (!(epsilon > 0) || !double.IsFinite(epsilon)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "It must be above 0.");
        (_logSize, _epsilon) = (Math.Log(headSize), epsilon);
        (Power, Reweights) = (power, reweight);
    }

    /// <summary>How much the re-weighting sharpens.</summary>
    public double Power { get; }

    /// <summary>Whether the re-weighting is applied.</summary>
    public bool Reweights { get; }

    /// <inheritdoc/>
    public override bool NormalisesInParts => false; // two sums over the whole row

    /// <summary>The norm that makes dot products cosines: each head's vector is divided by its length, zeros stay zeros.</summary>
    /// <param name="headSize">Floats of a head.</param>
    public static NormWeights UnitNorm(int headSize)
    {
        var gain = Tensor.Create(TensorFormat.F32, headSize);
        gain.Values.Fill(1 / MathF.Sqrt(headSize)); // x / √(mean of squares) / √d = x / length
        return new NormWeights(NormKind.Rms, new Parameter("unit", gain), null, 1e-12f, 0);
    }

    /// <inheritdoc/>
    public override void Shape(in AttentionRow row, Span<float> scores)
    {
        var scale = (float)(_logSize * Math.Log(row.VisibleKeys));
        foreach (ref var score in scores) score *= scale;
    }

    /// <inheritdoc/>
    public override void ShapeBackward(in AttentionRow row, ReadOnlySpan<float> scores, Span<float> gradients, Span<float> parameterGradients) => Shape(row, gradients);

    /// <inheritdoc/>
    public override StripSums Normalise(in AttentionRow row, Span<float> scores)
    {
        var sum = SoftplusSum(scores);
        if (!Reweights)
        {
            foreach (ref var score in scores) score = (float)Softplus(score);
            return new StripSums(0, (float)sum);
        }

        var (excess, most) = (new Excess(scores.Length, sum), 0.0);
        foreach (var score in scores) most = Math.Max(most, excess.Of(score));
        if (most == 0)
        {
            scores.Clear();
            return new StripSums(0, (float)_epsilon);
        }

        var total = _epsilon;
        foreach (ref var score in scores)
        {
            var weight = Raise(excess.Of(score) / most, Power); // a share of the largest: N^p would not fit a float
            total += weight;
            score = (float)weight;
        }

        return new StripSums(0, (float)total);
    }

    /// <inheritdoc/>
    public override void NormaliseBackward(in AttentionRow row, ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        var sum = SoftplusSum(scores);
        if (Reweights) ReweightBackward(scores, sum, weights, gradients);
        var mean = 0.0; // of the gradients of A, weighted by A
        for (var i = 0; i < scores.Length; i++) mean += Softplus(scores[i]) / sum * gradients[i];
        for (var i = 0; i < scores.Length; i++) gradients[i] = (float)((gradients[i] - mean) / sum / (1 + Math.Exp(-scores[i])));
    }

    // Gradients of the weights become gradients of A; the largest excess counts as a constant, since it falls out of the weights.
    private void ReweightBackward(ReadOnlySpan<float> scores, double sum, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        var (excess, most) = (new Excess(scores.Length, sum), 0.0);
        foreach (var score in scores) most = Math.Max(most, excess.Of(score));
        if (most == 0)
        {
            gradients.Clear();
            return;
        }

        var (total, mean) = (_epsilon, 0.0);
        for (var i = 0; i < scores.Length; i++)
        {
            total += Raise(excess.Of(scores[i]) / most, Power);
            mean += (double)weights[i] * gradients[i];
        }

        for (var i = 0; i < scores.Length; i++)
        {
            var share = excess.Of(scores[i]) / most;
            gradients[i] = share <= 0 ? 0 : (float)((gradients[i] - mean) / total * Power * Raise(share, Power - 1) * scores.Length / most);
        }
    }

    private static double SoftplusSum(ReadOnlySpan<float> scores)
    {
        var sum = 0.0;
        foreach (var score in scores) sum += Softplus(score);
        return sum;
    }

    private static double Softplus(double x) => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x)));

    private static double Raise(double x, double power)
    {
        if (power != Math.Floor(power) || power > 64) return Math.Pow(x, power);
        var result = 1.0;
        for (var rest = (int)power; rest > 0; rest >>= 1, x *= x)
        {
            if ((rest & 1) != 0) result *= x;
        }

        return result;
    }

    // max(0, N·A − O) of a score.
    private readonly struct Excess(int keys, double sum)
    {
        private readonly double _offset = keys >= OffsetKeys ? 1 : 0;

        public double Of(double score) => keys * (Softplus(score) / sum) - _offset is > Noise and var excess ? excess : 0;
    }
}
