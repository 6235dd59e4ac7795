namespace Tessera.Tensors.Kernels;

/// <summary>How the frequencies of a rotation are stretched for contexts longer than the trained one.</summary>
public enum RotaryScaling
{
    /// <summary>Not at all.</summary>
    Default,

    /// <summary>All frequencies divided by the factor (position interpolation).</summary>
    Linear,

    /// <summary>The base grows with the length of the sequence (NTK-aware).</summary>
    Dynamic,

    /// <summary>YaRN (Peng et al., 2023, arXiv:2309.00071).</summary>
    Yarn,

    /// <summary>Llama 3.1's: long waves stretched, short waves kept, a ramp between.</summary>
    Llama3,

    /// <summary>A factor for each frequency (LongRoPE, Ding et al., 2024, arXiv:2402.13753).</summary>
    LongRope,

    /// <summary>A share of the frequencies turns, the others stand still: partial rotation of pairs that span the whole head (Gemma 4).</summary>
    Proportional,
}
