using Tessera.Models.Files;

namespace Tessera.Models.Architectures;

/// <summary>Reads config.json of encoders into <see cref="StackConfig"/>.</summary>
internal static class EncoderConfigs
{
    public static StackConfig Bert(ConfigReader c, InputLimits limits)
    {
        var positions = c.String("position_embedding_type", "absolute");
        if (positions != "absolute") throw new UnsupportedFeatureException(c.File, $"position_embedding_type \"{positions}\"");
        if (c.Bool("is_decoder", false)) throw new UnsupportedFeatureException(c.File, "is_decoder of a BERT");
        var width = c.Int("hidden_size", 1, limits.MaxWidth);
        var heads = c.Int("num_attention_heads", 1, limits.MaxWidth);
        if (width % heads != 0) throw c.Error("num_attention_heads", $"{heads} does not divide hidden_size {width}");
        return new StackConfig
        {
            ModelType = "bert",
            Names = TensorNames.Bert,
            VocabularySize = c.Int("vocab_size", 1, limits.MaxVocabulary),
            Width = width,
            Layers = c.Int("num_hidden_layers", 1, limits.MaxLayers),
            MaxPositions = c.Int("max_position_embeddings", 512, 1, int.MaxValue),
            TokenTypes = c.Int("type_vocab_size", 2, 1, limits.MaxWidth),
            Heads = heads,
            KvHeads = heads,
            HeadSize = width / heads,
            FeedForwardWidth = c.Int("intermediate_size", 1, limits.MaxWidth),
            Activation = ActivationNames.Of(c, c.String("hidden_act", "gelu")),
            Gated = false,
            Norm = NormKind.Layer,
            NormEpsilon = c.Float("layer_norm_eps", 1e-12f, 0, 1),
            QkvBias = true, OutputBias = true, FeedForwardBias = true,
            TiedHead = c.Bool("tie_word_embeddings", true),
            Causal = false,
        };
    }
}
