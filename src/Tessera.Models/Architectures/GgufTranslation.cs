using System.Globalization;
using System.Text.Json.Nodes;
using Tessera.Models.Files;
using Tessera.Models.Modules;
using Tessera.Tensors;

namespace Tessera.Models.Architectures;

/// <summary>
/// Says in Hugging Face's words what a GGUF file says in its own: configuration keys, tensor names, and the order of rotary rows. What
/// comes out goes through the same reader as config.json, so that there is one definition of each architecture.
/// Source: the GGUF specification and gguf-py's tables of names.
/// </summary>
internal sealed class GgufTranslation
{
    // GGUF's name → the canonical one, {0} is the layer. Names that are not here belong to no architecture of the table.
    private static readonly Dictionary<string, Func<TensorNames, string?>> Whole = new()
    {
        ["token_embd"] = n => n.Embedding,
        ["output_norm"] = n => n.FinalNorm,
        ["output"] = n => n.Head,
    };

    private static readonly Dictionary<string, Func<TensorNames, string?>> InLayer = new()
    {
        ["attn_q"] = n => n.Attention.Query, ["attn_k"] = n => n.Attention.Key, ["attn_v"] = n => n.Attention.Value, ["attn_output"] = n => n.Attention.Output,
        ["attn_q_norm"] = n => n.Attention.QueryNorm, ["attn_k_norm"] = n => n.Attention.KeyNorm,
        ["ffn_gate"] = n => n.Gate, ["ffn_up"] = n => n.Up, ["ffn_down"] = n => n.Down,
        ["attn_norm"] = n => n.Norms.GetValueOrDefault(NormSite.Attention),
        ["ffn_norm"] = n => n.Norms.GetValueOrDefault(NormSite.FeedForward),
        ["post_attention_norm"] = n => n.Norms.GetValueOrDefault(NormSite.AttentionOutput),
        ["post_ffw_norm"] = n => n.Norms.GetValueOrDefault(NormSite.FeedForwardOutput),
    };

    private readonly GgufFile _file;
    private readonly string _prefix;

    public GgufTranslation(GgufFile file)
    {
        _file = file;
        Architecture = Architecture.OfGguf(file.Metadata.String("general.architecture"), file.Path);
        _prefix = Architecture.GgufName + ".";
    }

    public Architecture Architecture { get; }

    /// <summary>The description of the stack.</summary>
    public StackConfig Config(InputLimits limits)
    {
        var json = new JsonObject { ["model_type"] = Architecture.ModelTypes[0] };
        Integer(json, "hidden_size", "embedding_length");
        Integer(json, "num_hidden_layers", "block_count");
        Integer(json, "num_attention_heads", "attention.head_count");
        Integer(json, "num_key_value_heads", "attention.head_count_kv");
        Integer(json, "head_dim", "attention.key_length");
        Integer(json, "intermediate_size", "feed_forward_length");
        Integer(json, "max_position_embeddings", "context_length");
        Integer(json, "sliding_window", "attention.sliding_window");
        Number(json, "rms_norm_eps", "attention.layer_norm_rms_epsilon");
        Number(json, "rope_theta", "rope.freq_base");
        Number(json, "attn_logit_softcapping", "attn_logit_softcapping");
        Number(json, "final_logit_softcapping", "final_logit_softcapping");
        Number(json, "embedding_multiplier", "embedding_scale");
        Number(json, "residual_multiplier", "residual_scale");
        Number(json, "attention_multiplier", "attention.scale");
        Number(json, "logits_scaling", "logit_scale");
        json["vocab_size"] = VocabularySize();
        json["tie_word_embeddings"] = !_file.Tensors.ContainsKey("output.weight");
        json["attention_bias"] = _file.Tensors.ContainsKey("blk.0.attn_q.bias");
        if (json["sliding_window"] is not null && Architecture.GgufName == "llama") json["model_type"] = "mistral";
        // Gemma's score scale is not in the file: it is that of the head's size, as in llama.cpp.
        if (Architecture.GgufName!.StartsWith("gemma", StringComparison.Ordinal) && json["head_dim"] is { } headSize) json["query_pre_attn_scalar"] = headSize.DeepClone();
        Scaling(json);
        var config = Architecture.FromConfig(new ConfigReader(json, _file.Path), limits);
        return config with
        {
            NormGainOffset = 0, // GGUF stores the gain itself, also for Gemma
            Rotary = WithFrequencyFactors(config.Rotary),
        };
    }

    /// <summary>A tensor under its canonical name, or null; rotary rows in Hugging Face's order.</summary>
    public TensorSource Tensors(StackConfig config)
    {
        var names = new Dictionary<string, string>();
        foreach (var name in _file.Tensors.Keys)
        {
            if (Canonical(name, config.Names) is { } canonical) names[canonical] = name;
        }

        return (canonical, _) =>
        {
            if (!names.TryGetValue(canonical, out var name)) return null;
            var tensor = _file.GetTensor(name);
            if (!Architecture.GgufRowsInterleaved || config.Rotary.Count == 0) return tensor;
            return name.Contains(".attn_q.", StringComparison.Ordinal) ? RotaryRows.ToHalves(tensor, config.Heads)
                : name.Contains(".attn_k.", StringComparison.Ordinal) ? RotaryRows.ToHalves(tensor, config.KvHeads)
                : tensor;
        };
    }

    /// <summary>GGUF's name of a canonical one, or null where GGUF has none.</summary>
    public static string? NameOf(string canonical, StackConfig config)
    {
        var dot = canonical.LastIndexOf('.');
        var (stem, suffix) = (canonical[..dot], canonical[dot..]);
        if (Whole.FirstOrDefault(w => w.Value(config.Names) == stem).Key is { } whole) return whole + suffix;
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var prefix = string.Format(CultureInfo.InvariantCulture, config.Names.Layer, layer);
            if (!stem.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var local = stem[prefix.Length..];
            return InLayer.FirstOrDefault(n => n.Value(config.Names) == local).Key is { } name
                ? string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{name}{suffix}")
                : null;
        }

        return null;
    }

    private static string? Canonical(string name, TensorNames names)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0) return null;
        var (stem, suffix) = (name[..dot], name[dot..]);
        if (Whole.TryGetValue(stem, out var whole)) return whole(names) is { } known ? known + suffix : null;
        var parts = stem.Split('.');
        if (parts is not ["blk", var layer, var inLayer] || !InLayer.TryGetValue(inLayer, out var rule) || rule(names) is not { } local) return null;
        return string.Format(CultureInfo.InvariantCulture, names.Layer, layer) + local + suffix;
    }

    private int VocabularySize()
    {
        if (!_file.Tensors.TryGetValue("token_embd.weight", out var embedding) || embedding.Shape.Length != 2)
            throw new MalformedInputException(_file.Path, "token_embd.weight", "the embedding table is missing or is no matrix");
        var rows = embedding.Shape.Span[0];
        // More rows than tokens is padding; a token without a row could be asked for and is not there.
        if (_file.Metadata.TryGet("tokenizer.ggml.tokens", out var tokens) && tokens.Count > rows)
            throw new MalformedInputException(_file.Path, "token_embd.weight", $"{rows:N0} rows for the {tokens.Count:N0} tokens of tokenizer.ggml.tokens");
        return (int)Math.Min(rows, int.MaxValue);
    }

    private void Integer(JsonObject json, string name, string key)
    {
        if (_file.Metadata.TryGet(_prefix + key, out var value)) json[name] = value.AsInt64();
    }

    private void Number(JsonObject json, string name, string key)
    {
        if (_file.Metadata.TryGet(_prefix + key, out var value)) json[name] = value.AsDouble();
    }

    private void Scaling(JsonObject json)
    {
        if (!_file.Metadata.TryGet(_prefix + "rope.scaling.type", out var type) || type.AsString() is not ("linear" or "yarn")) return;
        var scaling = new JsonObject { ["rope_type"] = type.AsString() };
        Number(scaling, "factor", "rope.scaling.factor");
        Integer(scaling, "original_max_position_embeddings", "rope.scaling.original_context_length");
        Number(scaling, "attention_factor", "rope.scaling.attn_factor");
        json["rope_scaling"] = scaling;
    }

    // Llama 3.1's stretched frequencies come as a tensor of divisors.
    private IReadOnlyList<Tessera.Tensors.Kernels.RotarySettings?> WithFrequencyFactors(IReadOnlyList<Tessera.Tensors.Kernels.RotarySettings?> rotary)
    {
        if (!_file.Tensors.ContainsKey("rope_freqs.weight")) return rotary;
        double[] factors = [.. _file.GetTensor("rope_freqs.weight").ToArray().Select(f => (double)f)];
        return
        [
            .. rotary.Select(r => r is null ? null : r with
            {
                Scaling = Tessera.Tensors.Kernels.RotaryScaling.LongRope, ShortFactors = factors, LongFactors = factors, AttentionFactor = 1,
                OriginalMaxPositions = r.MaxPositions,
            }),
        ];
    }
}
