using Tessera.Models.Architectures;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests;

/// <summary>Small models with random weights, made in the test: every shape that the code must take, in milliseconds.</summary>
internal static class ToyModels
{
    /// <summary>A Llama of two layers with grouped heads and odd sizes.</summary>
    public static StackConfig Llama(int layers = 2)
    {
        var rotary = new RotarySettings { Theta = 10_000, RotatedSize = 12 };
        return new StackConfig
        {
            ModelType = "llama", Names = TensorNames.Llama, VocabularySize = 61, Width = 24, Layers = layers, MaxPositions = 640,
            Heads = 4, KvHeads = 2, HeadSize = 12, FeedForwardWidth = 40, NormEpsilon = 1e-5f, TiedHead = true,
            Rotary = [.. Enumerable.Repeat(rotary, layers)],
        };
    }

    /// <summary>A language model of this description, its weights named by the seed.</summary>
    public static LanguageModel Language(StackConfig config, ulong seed = 1)
    {
        var builder = new StackBuilder(config, new RandomTensors(seed).Get, "toy");
        var head = config.TiedHead ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var stack = builder.Build();
        return new LanguageModel("toy", stack, new LanguageHead(head ?? new LinearMap(stack.Embedding), config.LogitScale, config.LogitSoftcap));
    }

    // Gives any tensor that is asked for: gains near one, everything else near zero.
    private sealed class RandomTensors(ulong seed)
    {
        private readonly Dictionary<string, Tensor> _made = [];

        public Tensor Get(string name, ReadOnlySpan<long> shape)
        {
            if (_made.TryGetValue(name, out var known)) return known;
            var tensor = Tensor.Create(TensorFormat.F32, shape);
            var key = new RandomKey(seed, 0, (uint)_made.Count, RandomPurpose.Initialise);
            var isGain = shape.Length == 1 && name.EndsWith("norm.weight", StringComparison.Ordinal);
            var scale = shape.Length == 2 ? 1.5 / Math.Sqrt(shape[1]) : 0.1;
            for (var i = 0; i < tensor.Count; i++) tensor.Values[i] = (float)(key.Normal((uint)i) * scale + (isGain ? 1 : 0));
            return _made[name] = tensor;
        }
    }
}
