using Tessera.Models.Files;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>
/// Reads config.json of the Llama family into <see cref="StackConfig"/>: what they share once, what tells them apart a line each.
/// Field names, defaults and rules are those of transformers' configuration classes, versions 4 and 5.
/// </summary>
internal static class DecoderConfigs
{
    public static StackConfig Llama(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Llama);
        return s with
        {
            QkvBias = c.Bool("attention_bias", false), OutputBias = c.Bool("attention_bias", false), FeedForwardBias = c.Bool("mlp_bias", false),
            Windows = Uniform(s.Layers, s.ModelType == "mistral" ? Window(c) : 0),
        };
    }

    public static StackConfig Qwen2(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Llama);
        return s with { QkvBias = true, Windows = QwenWindows(c, s.Layers) };
    }

    public static StackConfig Qwen3(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Llama);
        var bias = c.Bool("attention_bias", false);
        return s with { QkvBias = bias, OutputBias = bias, QueryKeyNorm = QueryKeyNorm.PerHead, Windows = QwenWindows(c, s.Layers) };
    }

    public static StackConfig SmolLm3(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Llama);
        // no_rope_layers has a 1 where a layer rotates; without it every fourth layer does not.
        var interval = c.Int("no_rope_layer_interval", 4, 1, limits.MaxLayers);
        var rotates = c.IntList("no_rope_layers", s.Layers) ?? [.. Enumerable.Range(1, s.Layers).Select(i => i % interval == 0 ? 0 : 1)];
        var bias = c.Bool("attention_bias", false);
        return s with
        {
            QkvBias = bias, OutputBias = bias, FeedForwardBias = c.Bool("mlp_bias", false),
            Rotary = [.. s.Rotary.Select((r, i) => rotates[i] != 0 ? r : null)],
            Windows = QwenWindows(c, s.Layers),
        };
    }

    public static StackConfig Gemma(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Llama, defaultActivation: "gelu_pytorch_tanh");
        return s with { NormGainOffset = 1, EmbeddingScale = MathF.Sqrt(s.Width), TiedHead = c.Bool("tie_word_embeddings", true) };
    }

    public static StackConfig Gemma2(ConfigReader c, InputLimits limits)
    {
        var s = Gemma(c, limits);
        return s with
        {
            Names = TensorNames.Gemma,
            AttentionScale = 1 / MathF.Sqrt(c.Float("query_pre_attn_scalar", 256, 1e-6f, 1e9f)),
            AttentionSoftcap = c.Float("attn_logit_softcapping", 50, 0, 1e9f),
            LogitSoftcap = c.Float("final_logit_softcapping", 30, 0, 1e9f),
            Windows = LayerWindows(c, s.Layers, Window(c, 4096), i => i % 2 == 0),
        };
    }

    public static StackConfig Gemma3(ConfigReader c, InputLimits limits)
    {
        var s = Gemma(c, limits);
        var pattern = c.Int("sliding_window_pattern", c.Int("_sliding_window_pattern", 6, 1, limits.MaxLayers), 1, limits.MaxLayers);
        var windows = LayerWindows(c, s.Layers, Window(c, 4096), i => (i + 1) % pattern != 0);
        var local = RotaryConfigs.Read(c, s.HeadSize, s.MaxPositions, layerType: "sliding_attention", defaultTheta: c.Double("rope_local_base_freq", 10_000));
        var global = RotaryConfigs.Read(c, s.HeadSize, s.MaxPositions, layerType: "full_attention", defaultTheta: 1_000_000);
        return s with
        {
            Names = TensorNames.Gemma,
            QueryKeyNorm = QueryKeyNorm.PerHead,
            QkvBias = c.Bool("attention_bias", false), OutputBias = c.Bool("attention_bias", false),
            AttentionScale = 1 / MathF.Sqrt(c.Float("query_pre_attn_scalar", 256, 1e-6f, 1e9f)),
            AttentionSoftcap = c.Float("attn_logit_softcapping", 0, 0, 1e9f),
            LogitSoftcap = c.Float("final_logit_softcapping", 0, 0, 1e9f),
            Windows = windows,
            Rotary = [.. windows.Select(w => w > 0 ? local : global)],
        };
    }

    public static StackConfig Granite(ConfigReader c, InputLimits limits)
    {
        var s = Llama(c, limits);
        return s with
        {
            EmbeddingScale = c.Float("embedding_multiplier", 1, -1e9f, 1e9f),
            ResidualScale = c.Float("residual_multiplier", 1, -1e9f, 1e9f),
            AttentionScale = c.Float("attention_multiplier", 1, 1e-9f, 1e9f),
            LogitScale = 1 / c.Float("logits_scaling", 1, 1e-9f, 1e9f),
        };
    }

    public static StackConfig Olmo2(ConfigReader c, InputLimits limits)
    {
        var s = Common(c, limits, TensorNames.Olmo2);
        var bias = c.Bool("attention_bias", false);
        return s with { QkvBias = bias, OutputBias = bias, QueryKeyNorm = QueryKeyNorm.WholeRow };
    }

    private static StackConfig Common(ConfigReader c, InputLimits limits, TensorNames names, string defaultActivation = "silu")
    {
        var width = c.Int("hidden_size", 1, limits.MaxWidth);
        var heads = c.Int("num_attention_heads", 1, limits.MaxWidth);
        var kvHeads = c.Int("num_key_value_heads", heads, 1, limits.MaxWidth);
        if (heads % kvHeads != 0) throw c.Error("num_key_value_heads", $"{kvHeads} does not divide num_attention_heads {heads}");
        if (!c.Has("head_dim") && width % heads != 0) throw c.Error("num_attention_heads", $"{heads} does not divide hidden_size {width}");
        var headSize = c.Int("head_dim", width / heads, 1, limits.MaxWidth);
        var layers = c.Int("num_hidden_layers", 1, limits.MaxLayers);
        var positions = c.Int("max_position_embeddings", 2048, 1, int.MaxValue);
        var rotary = RotaryConfigs.Read(c, headSize, positions, layerType: null, defaultTheta: 10_000);
        return new StackConfig
        {
            ModelType = c.String("model_type", "llama"),
            Names = names,
            VocabularySize = c.Int("vocab_size", 1, limits.MaxVocabulary),
            Width = width,
            Layers = layers,
            MaxPositions = positions,
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = headSize,
            FeedForwardWidth = c.Int("intermediate_size", 1, limits.MaxWidth),
            Activation = ActivationNames.Of(c, c.String("hidden_activation", c.String("hidden_act", defaultActivation))),
            NormEpsilon = c.Float("rms_norm_eps", 1e-6f, 0, 1),
            TiedHead = c.Bool("tie_word_embeddings", false),
            Rotary = Uniform(layers, rotary),
        };
    }

    private static int Window(ConfigReader c, int absent = 0) => c.Int("sliding_window", absent, 0, int.MaxValue);

    private static IReadOnlyList<int> QwenWindows(ConfigReader c, int layers)
    {
        if (!c.Bool("use_sliding_window", false)) return [];
        var first = c.Int("max_window_layers", 28, 0, int.MaxValue);
        return LayerWindows(c, layers, Window(c, 4096), i => i >= first);
    }

    // layer_types rules where it stands; otherwise the architecture's own pattern does.
    private static IReadOnlyList<int> LayerWindows(ConfigReader c, int layers, int window, Func<int, bool> slides)
    {
        var types = c.StringList("layer_types", layers);
        return [.. Enumerable.Range(0, layers).Select(i => (types is null ? slides(i) : types[i] == "sliding_attention") ? window : 0)];
    }

    private static T[] Uniform<T>(int layers, T value) => [.. Enumerable.Repeat(value, layers)];
}
