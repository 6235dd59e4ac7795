using Tessera.Models.Architectures;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Formats;
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

    /// <summary>A Mamba of two layers.</summary>
    public static StackConfig Mamba() => new()
    {
        ModelType = "mamba", Names = TensorNames.Mamba, Kind = LayerKind.Mamba, VocabularySize = 61, Width = 24, Layers = 2, MaxPositions = int.MaxValue,
        NormEpsilon = 1e-5f, TiedHead = true, Mamba = new MambaConfig(InnerWidth: 48, StateSize: 5, ConvolutionWidth: 4, TimeStepRank: 3, ProjectionBias: false, ConvolutionBias: true),
    };

    /// <summary>A decoder of T5 with two layers; with <see cref="T5Encoder"/> an <see cref="EncoderDecoder"/>.</summary>
    public static StackConfig T5Decoder() => new()
    {
        ModelType = "t5", Names = TensorNames.T5Decoder, VocabularySize = 61, Width = 24, Layers = 2, MaxPositions = int.MaxValue,
        Heads = 3, KvHeads = 3, HeadSize = 6, FeedForwardWidth = 40, Activation = ActivationFunction.GeluTanh, NormEpsilon = 1e-6f, AttentionScale = 1,
        RelativeBuckets = 8, RelativeMaxDistance = 20, TiedHead = true, LogitScale = 0.2f,
    };

    /// <summary>The encoder of T5 that fits <see cref="T5Decoder"/>.</summary>
    public static StackConfig T5Encoder() => T5Decoder() with { Names = TensorNames.T5Encoder, Causal = false };

    /// <summary>A language model of this description, its weights named by the seed, its matrices in a format.</summary>
    public static LanguageModel Language(StackConfig config, ulong seed = 1, TensorFormat format = TensorFormat.F32)
    {
        var builder = new StackBuilder(config, new RandomTensors(seed, format).Get, "toy");
        var head = config.TiedHead ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var stack = builder.Build();
        return new LanguageModel("toy", stack, new LanguageHead(head ?? new LinearMap(stack.Embedding), config.LogitScale, config.LogitSoftcap));
    }

    /// <summary>An encoder-decoder that shares one embedding table.</summary>
    public static EncoderDecoderModel EncoderDecoder(StackConfig encoder, StackConfig decoder, ulong seed = 1)
    {
        var tensors = new RandomTensors(seed, TensorFormat.F32);
        var second = new StackBuilder(decoder, tensors.Get, "toy").Build();
        var first = new StackBuilder(encoder, tensors.Get, "toy") { Shared = second.Parameters }.Build();
        var parameters = new Dictionary<string, Parameter>(second.Parameters);
        foreach (var (name, parameter) in first.Parameters) parameters[name] = parameter;
        return new EncoderDecoderModel("toy", first, second, new LanguageHead(new LinearMap(second.Embedding), decoder.LogitScale), parameters);
    }

    // Gives any tensor that is asked for: gains near one, everything else near zero.
    private sealed class RandomTensors(ulong seed, TensorFormat format)
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
            return _made[name] = format == TensorFormat.F32 || shape.Length != 2 ? tensor : Quantised(tensor);
        }

        private unsafe Tensor Quantised(Tensor tensor)
        {
            var quantised = Tensor.Create(format, tensor.Shape.Span);
            BlockFormat.Quantise(format, tensor.Values, new Span<byte>(quantised.Data, checked((int)quantised.ByteLength)));
            return quantised;
        }
    }
}
