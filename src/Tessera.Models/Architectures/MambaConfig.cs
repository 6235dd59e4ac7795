namespace Tessera.Models.Architectures;

/// <summary>Sizes of a selective state-space layer (Mamba, Gu and Dao, 2023).</summary>
/// <param name="InnerWidth">Channels of the scan (<c>intermediate_size</c>).</param>
/// <param name="StateSize">State floats per channel (<c>state_size</c>).</param>
/// <param name="ConvolutionWidth">Taps of the causal convolution (<c>conv_kernel</c>).</param>
/// <param name="TimeStepRank">Rank of the time step's projection (<c>time_step_rank</c>).</param>
/// <param name="ConvolutionBias">Whether the convolution has a bias.</param>
/// <param name="ProjectionBias">Whether the input and output projections have a bias.</param>
public sealed record MambaConfig(
    int InnerWidth, int StateSize, int ConvolutionWidth, int TimeStepRank, bool ConvolutionBias, bool ProjectionBias);
