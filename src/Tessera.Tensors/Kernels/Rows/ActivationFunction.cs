namespace Tessera.Tensors.Kernels;

/// <summary>The pointwise non-linearities of feed-forward layers, poolers and heads. Quoted are the names in configurations of transformers.</summary>
public enum ActivationFunction
{
    /// <summary>x.</summary>
    Identity,

    /// <summary>x·σ(x) ("silu", "swish").</summary>
    Silu,

    /// <summary>x·Φ(x) with the exact normal distribution function ("gelu").</summary>
    GeluErf,

    /// <summary>GELU's tanh form ("gelu_new", "gelu_pytorch_tanh", "gelu_fast").</summary>
    GeluTanh,

    /// <summary>x·σ(1.702·x) ("quick_gelu").</summary>
    QuickGelu,

    /// <summary>max(x, 0) ("relu").</summary>
    Relu,

    /// <summary>max(x, 0)² ("relu2").</summary>
    ReluSquared,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>1/(1 + e⁻ˣ) ("sigmoid").</summary>
    Sigmoid,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,

    /// <summary>x·tanh(ln(1 + eˣ)) ("mish").</summary>
    Mish,

    /// <summary>x, or 0.01·x below 0 ("leaky_relu").</summary>
    LeakyRelu,

    /// <summary><see cref="GeluErf"/> clipped to [-10, 10] ("gelu_10").</summary>
    GeluClipped,
}
