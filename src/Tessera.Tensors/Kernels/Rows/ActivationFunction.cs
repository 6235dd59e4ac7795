namespace Tessera.Tensors.Kernels;

/// <summary>The pointwise non-linearities of feed-forward layers, poolers and heads.</summary>
public enum ActivationFunction
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>x·σ(x).</summary>
    Silu,

    /// <summary>x·Φ(x) with the exact normal distribution function ("gelu").</summary>
    GeluErf,

    /// <summary>GELU's tanh form ("gelu_new", "gelu_pytorch_tanh").</summary>
    GeluTanh,

    /// <summary>x·σ(1.702·x).</summary>
    QuickGelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>max(x, 0)².</summary>
    ReluSquared,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>1/(1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,
}
