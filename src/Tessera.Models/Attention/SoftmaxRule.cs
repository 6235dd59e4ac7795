using System.Runtime.Intrinsics;

namespace Tessera.Models.Attention;

/// <summary>
/// Scaled dot-product attention with a softmax (Vaswani et al., 2017, arXiv:1706.03762); with options a soft cap of the scores (Gemma 2) and
/// ALiBi's linear bias (Press et al., 2022, arXiv:2108.12409). Score = cap·tanh(scale·dot / cap) + slope·(key position - query position).
/// </summary>
public sealed class SoftmaxRule : AttentionRule
{
    private readonly float[]? _slopes;

    /// <summary>Creates the rule.</summary>
    /// <param name="scale">What dot products are multiplied by, usually 1/√(head size).</param>
    /// <param name="softcap">Scores are squashed to ±this; 0 for no cap.</param>
    /// <param name="slopes">ALiBi's slope of each query head; empty for no bias.</param>
    public SoftmaxRule(float scale, float softcap = 0, ReadOnlySpan<float> slopes = default)
    {
        if (!float.IsFinite(scale)) throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale must be finite.");
        if (!(softcap >= 0) || !float.IsFinite(softcap)) throw new ArgumentOutOfRangeException(nameof(softcap), softcap, "A soft cap is positive, or 0 for none.");
        Scale = scale;
        Softcap = softcap;
        _slopes = slopes.IsEmpty ? null : slopes.ToArray();
    }

    /// <summary>What dot products are multiplied by.</summary>
    public float Scale { get; }

    /// <summary>Scores are squashed to ±this; 0 for no cap.</summary>
    public float Softcap { get; }

    /// <inheritdoc/>
    public override bool NeedsPositions => _slopes is not null;

    /// <inheritdoc/>
    public override void Shape(in AttentionRow row, Span<float> scores)
    {
        if (Softcap != 0) StripMath.Apply(scores, new Cap(Scale / Softcap, Softcap));
        else if (Scale != 1) StripMath.Apply(scores, new Multiply(Scale));
        if (_slopes is null) return;
        var slope = _slopes[row.QueryHead];
        for (var i = 0; i < scores.Length; i++) scores[i] += slope * (row.KeyPositions[i] - row.QueryPosition);
    }

    /// <inheritdoc/>
    public override void ShapeBackward(in AttentionRow row, ReadOnlySpan<float> scores, Span<float> gradients, Span<float> parameterGradients)
    {
        for (var i = 0; i < gradients.Length; i++)
        {
            var slope = Scale;
            if (Softcap != 0)
            {
                // d/dx cap·tanh(x/cap) = 1 - tanh²; the bias stands outside the cap
                var capped = scores[i] - (_slopes is null ? 0 : _slopes[row.QueryHead] * (row.KeyPositions[i] - row.QueryPosition));
                slope *= 1 - capped / Softcap * (capped / Softcap);
            }

            gradients[i] *= slope;
        }
    }

    private readonly struct Multiply(float factor) : StripMath.IFunction
    {
        public Vector512<float> Apply(Vector512<float> x) => x * factor;
    }

    private readonly struct Cap(float factor, float cap) : StripMath.IFunction
    {
        public Vector512<float> Apply(Vector512<float> x) => StripMath.Tanh(x * factor) * cap;
    }
}
