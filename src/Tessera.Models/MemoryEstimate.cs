using Tessera.Models.Architectures;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models;

/// <summary>What a model needs, computed from its description before anything is loaded. All numbers are bytes.</summary>
/// <param name="Weights">The weights as stored.</param>
/// <param name="Packed">Their copies in the kernels' layout.</param>
/// <param name="StatePerToken">Keys and values of one token in all layers.</param>
/// <param name="ContextLength">Tokens of a full context.</param>
public sealed record MemoryEstimate(long Weights, long Packed, long StatePerToken, int ContextLength)
{
    /// <summary>The state of one sequence at its full length; 0 growth for recurrent models.</summary>
    public long FullState => StatePerToken * Math.Min(ContextLength, 1 << 20);

    /// <summary>Weights in both forms.</summary>
    public long Model => Weights + Packed;

    /// <summary>The estimate for a stack.</summary>
    /// <param name="config">The stack.</param>
    /// <param name="weightBytes">Bytes of its weights as stored.</param>
    /// <param name="options">Formats of the state; the defaults if null.</param>
    public static MemoryEstimate Of(StackConfig config, long weightBytes, SequenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        options ??= SequenceOptions.Default;
        static double BytesOf(TensorFormat format) => BlockFormat.Of(format).BlockBytes / (double)BlockFormat.Of(format).BlockLength;
        var perToken = (long)Math.Ceiling(config.Layers * (double)config.KvHeads * config.HeadSize * (BytesOf(options.KeyValues.KeyFormat) + BytesOf(options.KeyValues.ValueFormat)));
        return new MemoryEstimate(weightBytes, weightBytes, perToken, config.MaxPositions);
    }
}
