using Tessera.Models;
using Tessera.Models.Architectures;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Tensors;

namespace Tessera.Learning.Training;

/// <summary>
/// An untrained model: matrices from a normal distribution of deviation 0.02, those that write into the residual stream scaled down by
/// √(2·layers) so that its variance does not grow with depth (GPT-2, Radford et al., 2019), gains one, biases zero.
/// </summary>
public static class FreshModel
{
    private const double Deviation = 0.02;

    /// <summary>Makes a language model whose weights are a pure function of its description and the seed.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="seed">The seed.</param>
    public static LanguageModel Create(StackConfig config, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        var made = 0u;
        var builder = new StackBuilder(config, (name, shape) => Weights(config, name, shape, new RandomKey(seed, made++, 0, RandomPurpose.Initialise)), "a fresh model");
        var head = config.TiedHead ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var stack = builder.Build();
        return new LanguageModel("a fresh model", stack, new LanguageHead(head ?? new LinearMap(stack.Embedding), config.LogitScale, config.LogitSoftcap));
    }

    private static Tensor Weights(StackConfig config, string name, ReadOnlySpan<long> shape, RandomKey key)
    {
        var tensor = Tensor.Create(TensorFormat.F32, shape);
        if (shape.Length < 2)
        {
            var gain = name.EndsWith(".weight", StringComparison.Ordinal) ? 1 - config.NormGainOffset : 0;
            tensor.Values.Fill(gain);
            return tensor;
        }

        var names = config.Names;
        var writesResidual = name.EndsWith(names.Attention.Output + ".weight", StringComparison.Ordinal) || name.EndsWith(names.Down + ".weight", StringComparison.Ordinal);
        var deviation = writesResidual ? Deviation / Math.Sqrt(2.0 * config.Layers) : Deviation;
        for (var i = 0; i < tensor.Count; i++) tensor.Values[i] = (float)(key.Normal((uint)i) * deviation);
        return tensor;
    }
}
