namespace Tessera.Models.Architectures;

/// <summary>
/// The canonical (Hugging Face) names of a stack's weights, without <c>.weight</c> and <c>.bias</c>. Names of layers stand behind
/// <see cref="Layer"/>, in which {0} is the layer. A name that an architecture does not use is null.
/// </summary>
public sealed record TensorNames
{
    /// <summary>The embedding table.</summary>
    public required string Embedding { get; init; }

    /// <summary>What stands before the names of a layer.</summary>
    public required string Layer { get; init; }

    /// <summary>The final norm.</summary>
    public string? FinalNorm { get; init; }

    /// <summary>The head, where it is not the embedding table.</summary>
    public string Head { get; init; } = "lm_head";

    /// <summary>Learned positions.</summary>
    public string? Positions { get; init; }

    /// <summary>Token types.</summary>
    public string? TokenTypes { get; init; }

    /// <summary>The norm behind the embedding.</summary>
    public string? EmbeddingNorm { get; init; }

    /// <summary>The attention.</summary>
    public AttentionNames Attention { get; init; } = AttentionNames.Llama;

    /// <summary>The attention to an encoder's output, or null.</summary>
    public AttentionNames? CrossAttention { get; init; }

    /// <summary>The feed-forward's gate.</summary>
    public string Gate { get; init; } = "mlp.gate_proj";

    /// <summary>The feed-forward's first matrix.</summary>
    public string Up { get; init; } = "mlp.up_proj";

    /// <summary>The feed-forward's last matrix.</summary>
    public string Down { get; init; } = "mlp.down_proj";

    /// <summary>The relative bias' table, in the first layer only (T5).</summary>
    public string? RelativeBias { get; init; }

    /// <summary>The map from the embedding's width to the stack's, where they differ (ELECTRA).</summary>
    public string? EmbeddingProjection { get; init; }

    /// <summary>The names of an encoder's heads.</summary>
    public EncoderHeadNames? Heads { get; init; }

    /// <summary>The norms of a layer by their place.</summary>
    public IReadOnlyDictionary<NormSite, string> Norms { get; init; } = LlamaNorms;

    /// <summary>Names of the norms of Llama and its kin.</summary>
    public static IReadOnlyDictionary<NormSite, string> LlamaNorms { get; } = new Dictionary<NormSite, string>
    {
        [NormSite.Attention] = "input_layernorm",
        [NormSite.FeedForward] = "post_attention_layernorm",
    };

    /// <summary>The names of Llama and its kin.</summary>
    public static TensorNames Llama { get; } = new()
    {
        Embedding = "model.embed_tokens", Layer = "model.layers.{0}.", FinalNorm = "model.norm",
    };

    /// <summary>The names of Gemma 2 and 3, whose sublayers have a norm on both sides.</summary>
    public static TensorNames Gemma { get; } = Llama with
    {
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.Attention] = "input_layernorm",
            [NormSite.AttentionOutput] = "post_attention_layernorm",
            [NormSite.FeedForward] = "pre_feedforward_layernorm",
            [NormSite.FeedForwardOutput] = "post_feedforward_layernorm",
        },
    };

    /// <summary>The names of OLMo 2, which normalises the sublayers' outputs only.</summary>
    public static TensorNames Olmo2 { get; } = Llama with
    {
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.AttentionOutput] = "post_attention_layernorm",
            [NormSite.FeedForwardOutput] = "post_feedforward_layernorm",
        },
    };

    /// <summary>The names of BERT.</summary>
    public static TensorNames Bert { get; } = BertUnder("bert.") with { Heads = EncoderHeadNames.Bert };

    /// <summary>The names of RoBERTa and XLM-RoBERTa.</summary>
    public static TensorNames Roberta { get; } = BertUnder("roberta.") with { Heads = EncoderHeadNames.Roberta };

    /// <summary>The names of ELECTRA.</summary>
    public static TensorNames Electra { get; } =
        BertUnder("electra.") with { EmbeddingProjection = "electra.embeddings_project", Heads = EncoderHeadNames.Electra };

    /// <summary>The names of DistilBERT.</summary>
    public static TensorNames DistilBert { get; } = BertUnder("distilbert.") with
    {
        TokenTypes = null, Layer = "distilbert.transformer.layer.{0}.",
        Attention = new AttentionNames("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"),
        Up = "ffn.lin1", Down = "ffn.lin2",
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.AttentionResidual] = "sa_layer_norm",
            [NormSite.FeedForwardResidual] = "output_layer_norm",
        },
        Heads = EncoderHeadNames.DistilBert,
    };

    /// <summary>The names of T5's encoder.</summary>
    public static TensorNames T5Encoder { get; } = new()
    {
        Embedding = "shared", Layer = "encoder.block.{0}.", FinalNorm = "encoder.final_layer_norm",
        Attention = AttentionNames.Under("layer.0.SelfAttention."),
        RelativeBias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
        Gate = "layer.1.DenseReluDense.wi_0", Up = "layer.1.DenseReluDense.wi_1", Down = "layer.1.DenseReluDense.wo",
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.Attention] = "layer.0.layer_norm",
            [NormSite.FeedForward] = "layer.1.layer_norm",
        },
    };

    /// <summary>The names of T5's decoder.</summary>
    public static TensorNames T5Decoder { get; } = new()
    {
        Embedding = "shared", Layer = "decoder.block.{0}.", FinalNorm = "decoder.final_layer_norm",
        Attention = AttentionNames.Under("layer.0.SelfAttention."),
        CrossAttention = AttentionNames.Under("layer.1.EncDecAttention."),
        RelativeBias = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias",
        Gate = "layer.2.DenseReluDense.wi_0", Up = "layer.2.DenseReluDense.wi_1", Down = "layer.2.DenseReluDense.wo",
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.Attention] = "layer.0.layer_norm",
            [NormSite.CrossAttention] = "layer.1.layer_norm",
            [NormSite.FeedForward] = "layer.2.layer_norm",
        },
    };

    /// <summary>The names of Mamba.</summary>
    public static TensorNames Mamba { get; } = new()
    {
        Embedding = "backbone.embeddings", Layer = "backbone.layers.{0}.", FinalNorm = "backbone.norm_f",
        Norms = new Dictionary<NormSite, string> { [NormSite.Attention] = "norm" },
    };

    private static TensorNames BertUnder(string prefix) => new()
    {
        Embedding = prefix + "embeddings.word_embeddings",
        Positions = prefix + "embeddings.position_embeddings",
        TokenTypes = prefix + "embeddings.token_type_embeddings",
        EmbeddingNorm = prefix + "embeddings.LayerNorm",
        Layer = prefix + "encoder.layer.{0}.",
        Attention = new AttentionNames("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
        Up = "intermediate.dense", Down = "output.dense",
        Norms = new Dictionary<NormSite, string>
        {
            [NormSite.AttentionResidual] = "attention.output.LayerNorm",
            [NormSite.FeedForwardResidual] = "output.LayerNorm",
        },
    };
}
