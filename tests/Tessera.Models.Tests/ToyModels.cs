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
        var builder = new StackBuilder(config, new RandomTensors(config, seed).Get, "toy");
        var head = config.TiedHead ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var stack = builder.Build();
        return new LanguageModel("toy", stack, new LanguageHead(head ?? new LinearMap(stack.Embedding), config.LogitScale, config.LogitSoftcap));
    }

    // Gives any tensor that is asked for; its shape follows from its name.
    private sealed class RandomTensors(StackConfig config, ulong seed)
    {
        private readonly Dictionary<string, Tensor> _made = [];

        public Tensor? Get(string name)
        {
            if (_made.TryGetValue(name, out var known)) return known;
            var shape = ShapeOf(name);
            if (shape is null) return null;
            var tensor = Tensor.Create(TensorFormat.F32, shape);
            var key = new RandomKey(seed, (uint)name.Sum(c => c * 31 + c), (uint)_made.Count, RandomPurpose.Initialise);
            var isNorm = name.Contains("norm", StringComparison.OrdinalIgnoreCase) && name.EndsWith("weight", StringComparison.Ordinal);
            var scale = shape.Length == 2 ? 1.5 / Math.Sqrt(shape[1]) : 0.1;
            for (var i = 0; i < tensor.Count; i++) tensor.Values[i] = (float)(key.Normal((uint)i) * scale + (isNorm ? 1 : 0));
            return _made[name] = tensor;
        }

        private long[]? ShapeOf(string name)
        {
            var (width, hidden) = ((long)config.Width, (long)config.FeedForwardWidth);
            var (queries, keys) = ((long)config.Heads * config.HeadSize, (long)config.KvHeads * config.HeadSize);
            var stem = name[..name.LastIndexOf('.')];
            var matrix = name.EndsWith(".weight", StringComparison.Ordinal);
            if (stem == config.Names.Embedding) return [config.VocabularySize, width];
            if (stem == config.Names.Head) return config.TiedHead ? null : [config.VocabularySize, width];
            if (stem == config.Names.Positions) return [config.MaxPositions, width];
            if (stem == config.Names.TokenTypes) return [config.TokenTypes, width];
            if (stem.EndsWith(config.Names.Attention.Query, StringComparison.Ordinal)) return matrix ? [queries, width] : [queries];
            if (stem.EndsWith(config.Names.Attention.Key, StringComparison.Ordinal) || stem.EndsWith(config.Names.Attention.Value, StringComparison.Ordinal))
                return matrix ? [keys, width] : [keys];
            if (stem.EndsWith(config.Names.Attention.Output, StringComparison.Ordinal)) return matrix ? [width, queries] : [width];
            if (stem.EndsWith(config.Names.Down, StringComparison.Ordinal)) return matrix ? [width, hidden] : [width];
            if (stem.EndsWith(config.Names.Up, StringComparison.Ordinal) || (config.Gated && stem.EndsWith(config.Names.Gate, StringComparison.Ordinal)))
                return matrix ? [hidden, width] : [hidden];
            if (stem.EndsWith(config.Names.Attention.QueryNorm, StringComparison.Ordinal) || stem.EndsWith(config.Names.Attention.KeyNorm, StringComparison.Ordinal))
                return [config.HeadSize];
            return [width];
        }
    }
}
