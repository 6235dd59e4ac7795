using Tessera.Models.Files;

namespace Tessera.Models.Architectures;

/// <summary>Reads config.json of Mamba into <see cref="StackConfig"/>.</summary>
internal static class MambaConfigs
{
    public static StackConfig Mamba(ConfigReader c, InputLimits limits)
    {
        var width = c.Int("hidden_size", 1, limits.MaxWidth);
        var activation = c.String("hidden_act", "silu");
        if (activation != "silu") throw new UnsupportedFeatureException(c.File, $"hidden_act \"{activation}\" of a Mamba");
        return new StackConfig
        {
            ModelType = "mamba",
            Names = TensorNames.Mamba,
            Kind = LayerKind.Mamba,
            VocabularySize = c.Int("vocab_size", 1, limits.MaxVocabulary),
            Width = width,
            Layers = c.Int("num_hidden_layers", 1, limits.MaxLayers),
            MaxPositions = int.MaxValue, // the state has a fixed size: nothing bounds the length
            NormEpsilon = c.Float("layer_norm_epsilon", 1e-5f, 0, 1),
            TiedHead = c.Bool("tie_word_embeddings", true),
            Mamba = new MambaConfig(
                c.Int("intermediate_size", Math.Min(width * c.Int("expand", 2, 1, 1024), limits.MaxWidth), 1, limits.MaxWidth),
                c.Int("state_size", 16, 1, limits.MaxWidth),
                c.Int("conv_kernel", 4, 1, 1024),
                c.Int("time_step_rank", (width + 15) / 16, 1, limits.MaxWidth),
                c.Bool("use_conv_bias", true),
                c.Bool("use_bias", false)),
        };
    }
}
