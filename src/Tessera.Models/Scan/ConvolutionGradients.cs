namespace Tessera.Models.Scan;

/// <summary>The gradients of one <see cref="CausalConvolution"/> call, laid out like the arrays they belong to; all but the output's are added to.</summary>
public unsafe struct ConvolutionGradients
{
    /// <summary>The gradient of the output, [rows, channels]; read.</summary>
    public float* Output;

    /// <summary>Added to, with the input's stride; null if not wanted.</summary>
    public float* Input;

    /// <summary>Added to, [channels, taps]; null if not wanted.</summary>
    public float* Weights;

    /// <summary>Added to, [channels]; null if not wanted.</summary>
    public float* Bias;
}
