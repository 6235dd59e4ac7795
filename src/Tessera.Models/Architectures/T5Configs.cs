using Tessera.Models.Files;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>Reads config.json of T5 into its two stacks.</summary>
internal static class T5Configs
{
    public static StackConfig Encoder(ConfigReader c, InputLimits limits) =>
        Common(c, limits) with { Names = Names(c, TensorNames.T5Encoder, "layer.1.DenseReluDense.wi"), Causal = false };

    public static StackConfig Decoder(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits);
        var layers = c.Int("num_decoder_layers", s.Layers, 1, limits.MaxLayers);
        // scale_decoder_outputs is young; most checkpoints leave it out and mean: scale where the head is tied.
        var scales = c.Bool("scale_decoder_outputs", s.TiedHead);
        return s with
        {
            Names = Names(c, TensorNames.T5Decoder, "layer.2.DenseReluDense.wi"), Layers = layers,
            LogitScale = scales ? 1 / MathF.Sqrt(s.Width) : 1,
        };
    }

    private static StackConfig Common(ConfigReader c, InputLimits limits)
    {
        var heads = c.Int("num_heads", 1, limits.MaxWidth);
        var feedForward = c.String("feed_forward_proj", "relu");
        var activation = feedForward.StartsWith("gated-", StringComparison.Ordinal) ? feedForward["gated-".Length..] : feedForward;
        return new StackConfig
        {
            ModelType = "t5",
            Names = TensorNames.T5Encoder,
            VocabularySize = c.Int("vocab_size", 1, limits.MaxVocabulary),
            Width = c.Int("d_model", 1, limits.MaxWidth),
            Layers = c.Int("num_layers", 1, limits.MaxLayers),
            MaxPositions = int.MaxValue, // distances beyond the last bucket share it
            Heads = heads,
            KvHeads = heads,
            HeadSize = c.Int("d_kv", 1, limits.MaxWidth),
            FeedForwardWidth = c.Int("d_ff", 1, limits.MaxWidth),
            // "gated-gelu" means the tanh form in T5, whatever the name says elsewhere.
            Activation = feedForward == "gated-gelu" ? ActivationFunction.GeluTanh : ActivationNames.Of(c, activation),
            Gated = activation != feedForward,
            NormEpsilon = c.Float("layer_norm_epsilon", 1e-6f, 0, 1),
            AttentionScale = 1,
            RelativeBuckets = c.Int("relative_attention_num_buckets", 32, 2, 65_536),
            RelativeMaxDistance = c.Int("relative_attention_max_distance", 128, 2, int.MaxValue),
            TiedHead = c.Bool("tie_word_embeddings", true),
        };
    }

    private static TensorNames Names(ConfigReader c, TensorNames gated, string ungatedUp) =>
        c.String("feed_forward_proj", "relu").StartsWith("gated-", StringComparison.Ordinal) ? gated : gated with { Up = ungatedUp };
}
