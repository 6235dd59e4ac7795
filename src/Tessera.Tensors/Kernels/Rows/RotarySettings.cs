namespace Tessera.Tensors.Kernels;

/// <summary>
/// A rotary position embedding as data (Su et al., 2021): base, rotated width, layout and scaling. Field names follow
/// <c>rope_parameters</c> of transformers' configurations.
/// </summary>
public sealed record RotarySettings
{
    /// <summary>The base θ of the frequencies θ^(-2i/d).</summary>
    public required double Theta { get; init; }

    /// <summary>How many floats of each head are rotated, from its start; even.</summary>
    public required int RotatedSize { get; init; }

    /// <summary>Whether neighbours (2i, 2i + 1) are paired, instead of (i, i + d/2), Hugging Face's order.</summary>
    public bool Interleaved { get; init; }

    /// <summary>Which scaling.</summary>
    public RotaryScaling Scaling { get; init; }

    /// <summary>The scaling's factor.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The context length before scaling (YaRN, Llama 3, LongRoPE, dynamic).</summary>
    public int OriginalMaxPositions { get; init; }

    /// <summary>The configured longest context (LongRoPE's default attention factor).</summary>
    public int MaxPositions { get; init; }

    /// <summary>Llama 3: waves longer than OriginalMaxPositions/this are stretched fully.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama 3: waves shorter than OriginalMaxPositions/this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: rotations over the original context above which a frequency is kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: rotations below which a frequency is stretched fully.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: whether the ramp's ends are rounded to whole dimensions.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>YaRN's m-scale; 0 where the file has none.</summary>
    public double MScale { get; init; }

    /// <summary>YaRN's m-scale over all dimensions; 0 where the file has none.</summary>
    public double MScaleAllDimensions { get; init; }

    /// <summary>Proportional: the share of the frequencies that turns (<c>partial_rotary_factor</c>), the fastest ones.</summary>
    public double TurningShare { get; init; } = 1;

    /// <summary>What cosines and sines are multiplied by; null for the scaling's own default.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>LongRoPE: divisors of the frequencies up to the original context.</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>LongRoPE: divisors beyond it.</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>Whether the frequencies depend on the sequence's length, which then must be fixed when the sequence is created.</summary>
    public bool DependsOnLength => Scaling is RotaryScaling.Dynamic or RotaryScaling.LongRope;

    /// <summary>The inverse frequencies, in radians per position.</summary>
    /// <param name="length">The sequence's length in tokens; matters only where <see cref="DependsOnLength"/>.</param>
    /// <exception cref="InvalidOperationException">LongRoPE has fewer factors than there are frequencies.</exception>
    public float[] InverseFrequencies(int length = 0)
    {
        var half = RotatedSize / 2;
        var frequencies = new float[half];
        var theta = Theta;
        var factors = length > OriginalMaxPositions ? LongFactors : ShortFactors;
        if (Scaling == RotaryScaling.LongRope && factors.Count < half)
            throw new InvalidOperationException($"LongRoPE needs {half} factors for a rotated size of {RotatedSize}; there are {factors.Count}.");
        if (Scaling == RotaryScaling.Dynamic && length > OriginalMaxPositions)
        {
            var stretch = Factor * length / OriginalMaxPositions - (Factor - 1);
            theta *= Math.Pow(stretch, RotatedSize / (double)(RotatedSize - 2));
        }

        // In F32, operation by operation, as the checkpoints' own code computes them: a model was trained with these roundings.
        for (var i = 0; i < half; i++)
        {
            var period = (float)Math.Pow((float)theta, 2f * i / RotatedSize);
            var frequency = 1f / period;
            frequencies[i] = Scaling switch
            {
                RotaryScaling.Linear => frequency / (float)Factor,
                RotaryScaling.Llama3 => Llama3(frequency),
                RotaryScaling.Yarn => Yarn(period, i),
                RotaryScaling.LongRope => 1f / ((float)factors[i] * period),
                RotaryScaling.Proportional => i < (int)(TurningShare * RotatedSize / 2) ? frequency / (float)Factor : 0f,
                _ => frequency,
            };
        }

        return frequencies;
    }

    /// <summary>What cosines and sines are multiplied by.</summary>
    public double ResolvedAttentionFactor
    {
        get
        {
            if (AttentionFactor is { } given) return given;
            switch (Scaling)
            {
                case RotaryScaling.Yarn when MScale != 0 && MScaleAllDimensions != 0:
                    return MScaleOf(Factor, MScale) / MScaleOf(Factor, MScaleAllDimensions);
                case RotaryScaling.Yarn:
                    return MScaleOf(Factor, 1);
                case RotaryScaling.LongRope:
                    var stretch = Factor > 1 ? Factor : MaxPositions / (double)OriginalMaxPositions;
                    return stretch <= 1 ? 1 : Math.Sqrt(1 + Math.Log(stretch) / Math.Log(OriginalMaxPositions));
                default:
                    return 1;
            }
        }
    }

    private static double MScaleOf(double scale, double mscale) => scale <= 1 ? 1 : 0.1 * mscale * Math.Log(scale) + 1;

    private float Llama3(float frequency)
    {
        var waveLength = (float)(2 * Math.PI) / frequency;
        if (waveLength < OriginalMaxPositions / HighFrequencyFactor) return frequency;
        if (waveLength > OriginalMaxPositions / LowFrequencyFactor) return frequency / (float)Factor;
        var smooth = (OriginalMaxPositions / waveLength - (float)LowFrequencyFactor) / (float)(HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / (float)Factor + smooth * frequency;
    }

    private float Yarn(float period, int i)
    {
        var low = DimensionOf(BetaFast);
        var high = DimensionOf(BetaSlow);
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        low = Math.Max(low, 0);
        high = Math.Min(high, RotatedSize - 1);
        if (low == high) high += 0.001; // the paper's code avoids a division by zero this way
        var kept = 1 - Math.Clamp((i - (float)low) / (float)(high - low), 0f, 1f);
        return 1f / ((float)Factor * period) * (1 - kept) + 1f / period * kept;
    }

    // The dimension whose wave turns `rotations` times within the original context.
    private double DimensionOf(double rotations) =>
        RotatedSize * Math.Log(OriginalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(Theta));
}
