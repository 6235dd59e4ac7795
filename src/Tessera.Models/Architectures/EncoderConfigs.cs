using Tessera.Models.Files;

namespace Tessera.Models.Architectures;

/// <summary>Reads config.json of encoders into <see cref="StackConfig"/>.</summary>
internal static class EncoderConfigs
{
    public static StackConfig Bert(ConfigReader c, InputLimits limits) => Base(c, limits) with { ModelType = "bert", Names = TensorNames.Bert };

    public static StackConfig Roberta(ConfigReader c, InputLimits limits)
    {
        var config = Base(c, limits) with { ModelType = c.String("model_type"), Names = TensorNames.Roberta };
        var padding = c.Int("pad_token_id", 1, 0, config.VocabularySize - 1);
        if (padding + 1 >= config.MaxPositions)
            throw c.Error("pad_token_id", $"positions start at {padding + 1}, and max_position_embeddings is {config.MaxPositions}");
        return config with { PaddingToken = padding };
    }

    public static StackConfig Electra(ConfigReader c, InputLimits limits)
    {
        var config = Base(c, limits);
        return config with { ModelType = "electra", Names = TensorNames.Electra, EmbeddingWidth = c.Int("embedding_size", 128, 1, limits.MaxWidth) };
    }

    public static StackConfig DistilBert(ConfigReader c, InputLimits limits)
    {
        var (width, heads) = WidthAndHeads(c, "dim", "n_heads", limits);
        return Frame(c, width, heads, limits) with
        {
            ModelType = "distilbert",
            Names = TensorNames.DistilBert,
            Layers = c.Int("n_layers", 1, limits.MaxLayers),
            FeedForwardWidth = c.Int("hidden_dim", 1, limits.MaxWidth),
            Activation = ActivationNames.Of(c, c.String("activation", "gelu")),
        };
    }

    private static StackConfig Base(ConfigReader c, InputLimits limits)
    {
        var positions = c.String("position_embedding_type", "absolute");
        if (positions != "absolute") throw new UnsupportedFeatureException(c.File, $"position_embedding_type \"{positions}\"");
        if (c.Bool("is_decoder", false)) throw new UnsupportedFeatureException(c.File, "is_decoder of an encoder");
        var (width, heads) = WidthAndHeads(c, "hidden_size", "num_attention_heads", limits);
        return Frame(c, width, heads, limits) with
        {
            Layers = c.Int("num_hidden_layers", 1, limits.MaxLayers),
            TokenTypes = c.Int("type_vocab_size", 2, 1, limits.MaxWidth),
            FeedForwardWidth = c.Int("intermediate_size", 1, limits.MaxWidth),
            Activation = ActivationNames.Of(c, c.String("hidden_act", "gelu")),
            NormEpsilon = c.Float("layer_norm_eps", 1e-12f, 0, 1),
        };
    }

    private static (int Width, int Heads) WidthAndHeads(ConfigReader c, string widthName, string headsName, InputLimits limits)
    {
        var width = c.Int(widthName, 1, limits.MaxWidth);
        var heads = c.Int(headsName, 1, limits.MaxWidth);
        return width % heads == 0 ? (width, heads) : throw c.Error(headsName, $"{heads} does not divide {widthName} {width}");
    }

    // What BERT and its kin share: post-norm blocks with biases everywhere and learned positions.
    private static StackConfig Frame(ConfigReader c, int width, int heads, InputLimits limits) => new()
    {
        ModelType = "bert",
        Names = TensorNames.Bert,
        VocabularySize = c.Int("vocab_size", 1, limits.MaxVocabulary),
        Width = width,
        Layers = 0,
        MaxPositions = c.Int("max_position_embeddings", 512, 1, int.MaxValue),
        Heads = heads,
        KvHeads = heads,
        HeadSize = width / heads,
        Gated = false,
        Norm = NormKind.Layer,
        NormEpsilon = 1e-12f,
        QkvBias = true, OutputBias = true, FeedForwardBias = true,
        TiedHead = c.Bool("tie_word_embeddings", true),
        Causal = false,
    };
}
