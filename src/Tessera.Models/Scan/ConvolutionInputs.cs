namespace Tessera.Models.Scan;

/// <summary>The arrays of one <see cref="CausalConvolution"/> call; F32, owned by the caller. Strides are floats from row to row.</summary>
public unsafe struct ConvolutionInputs
{
    /// <summary>Rows of input and output.</summary>
    public int Rows;

    /// <summary>Floats of a row.</summary>
    public int Channels;

    /// <summary>Taps of the convolution; the states' window.</summary>
    public int Taps;

    /// <summary>[rows, channels].</summary>
    public float* Input;

    /// <summary>Floats from one input row to the next.</summary>
    public nint InputStride;

    /// <summary>[channels, taps], the last tap for the row itself.</summary>
    public float* Weights;

    /// <summary>[channels], or null.</summary>
    public float* Bias;

    /// <summary>Takes [rows, channels].</summary>
    public float* Output;
}
