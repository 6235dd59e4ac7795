using System.Text.Json;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Adapters;

/// <summary>
/// Reads a LoRA adapter as the PEFT library saves it: a folder with adapter_config.json and adapter_model.safetensors. What would change the
/// result and is not computed here (DoRA, biases, retrained modules, adapted tables …) is refused by name.
/// </summary>
public static class AdapterFolder
{
    private const string Prefix = "base_model.model.";
    private const string Down = ".lora_A.weight";
    private const string Up = ".lora_B.weight";

    // Settings that change what is computed: refused unless absent, null, false or an empty object.
    private static readonly string[] Refused =
    [
        "use_dora", "use_qalora", "use_bdlora", "lora_bias", "modules_to_save", "alora_invocation_tokens", "trainable_token_indices", "target_parameters",
        "layer_replication", "kasa_config", "velora_config", "monteclora_config", "arrow_config",
    ];

    /// <summary>Reads an adapter; its factors are F32 and its own, so that they can be trained on.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="limits">Bounds on what the files may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">A file breaks the rules of its format, or the two don't fit each other.</exception>
    /// <exception cref="UnsupportedFeatureException">The adapter is no LoRA, or asks for a variant of it that is not supported.</exception>
    /// <exception cref="ResourceLimitException">A file asks for more than the limits allow.</exception>
    /// <exception cref="IOException">A file is not there, or can't be opened.</exception>
    public static Adapter Load(string path, InputLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var config = ConfigReader.Open(Path.Combine(path, "adapter_config.json"), limits);
        CheckVariant(config);
        var weights = Path.Combine(path, "adapter_model.safetensors");
        if (!File.Exists(weights) && File.Exists(Path.Combine(path, "adapter_model.bin")))
            throw new UnsupportedFeatureException(path, "a pickled adapter (adapter_model.bin)", "Save it as safetensors: to read a pickle is to run the code in it.");
        using var file = SafetensorsFile.Open(weights, limits);
        var maps = new Dictionary<string, LowRankMap>(StringComparer.Ordinal);
        foreach (var name in file.Tensors.Keys)
        {
            if (name.EndsWith(Up, StringComparison.Ordinal) && file.Tensors.ContainsKey(name[..^Up.Length] + Down)) continue;
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Down, StringComparison.Ordinal))
                throw new UnsupportedFeatureException(weights, $"the tensor {name}", "Only pairs of LoRA factors are read.");
            var module = name[Prefix.Length..^Down.Length];
            maps[module + ".weight"] = Pair(file, config, name, module);
        }

        if (maps.Count == 0) throw new MalformedInputException(weights, "tensors", "there are no LoRA factors");
        return new Adapter(path, maps);
    }

    private static void CheckVariant(ConfigReader config)
    {
        var type = config.String("peft_type");
        if (type != "LORA") throw new UnsupportedFeatureException(config.File, $"an adapter of the type {type}");
        if (config.String("bias", "none") is not "none" and var bias) throw new UnsupportedFeatureException(config.File, $"bias = {bias}");
        foreach (var name in Refused)
        {
            var asks = config.KindOf(name) switch
            {
                JsonValueKind.Undefined or JsonValueKind.False => false,
                JsonValueKind.Object => config.Object(name)!.Names.Any(),
                _ => true,
            };
            if (asks) throw new UnsupportedFeatureException(config.File, name);
        }
    }

    private static LowRankMap Pair(SafetensorsFile file, ConfigReader config, string down, string module)
    {
        var (a, b) = (Read(file, down), Read(file, Prefix + module + Up));
        if (a.Tensor.Shape.Length != 2 || b.Tensor.Shape.Length != 2 || a.Tensor.Shape.Span[0] != b.Tensor.Shape.Span[1] || a.Tensor.Shape.Span[0] == 0)
            throw new MalformedInputException(file.Path, down, "A is not [rank, in] with B [out, rank]");
        var rank = PatternOf(config, "rank_pattern", module) ?? config.Int("r", 1, int.MaxValue);
        if (rank != a.Tensor.Shape.Span[0]) throw new MalformedInputException(file.Path, down, $"the rank is {a.Tensor.Shape.Span[0]}; the configuration says {rank}");
        var alpha = PatternOf(config, "alpha_pattern", module) ?? config.Double("lora_alpha");
        var scale = (float)(alpha / (config.Bool("use_rslora", false) ? Math.Sqrt(rank) : rank));
        return float.IsFinite(scale) ? new LowRankMap(a, b, scale) : throw config.Error("lora_alpha", $"gives the scale {scale}");
    }

    private static Parameter Read(SafetensorsFile file, string name)
    {
        var tensor = file.GetTensor(name);
        var owned = Tensor.Create(TensorFormat.F32, tensor.Shape.Span);
        tensor.CopyTo(owned.Values);
        return new Parameter(name, owned);
    }

    // PEFT matches a key as a regular expression at the end of the module's name; only plain names are read.
    private static double? PatternOf(ConfigReader config, string setting, string module)
    {
        if (config.Object(setting) is not { } patterns) return null;
        foreach (var key in patterns.Names)
        {
            if (!key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')) throw new UnsupportedFeatureException(config.File, $"the pattern {key} in {setting}");
            if (module == key || module.EndsWith("." + key, StringComparison.Ordinal)) return patterns.Double(key);
        }

        return null;
    }
}
