using System.Text.Json.Nodes;
using Tessera.Models.Architectures;
using Tessera.Models.Files;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests;

/// <summary>Folders of encoders with random weights: config.json and model.safetensors, small enough for a millisecond.</summary>
internal static class ToyEncoders
{
    /// <summary>A configuration of two layers of width 16.</summary>
    public static JsonObject Config(string type, string architecture, int vocabulary = 40) => type == "distilbert"
        ? new JsonObject
        {
            ["model_type"] = type, ["architectures"] = new JsonArray(architecture), ["vocab_size"] = vocabulary, ["dim"] = 16, ["n_layers"] = 2, ["n_heads"] = 2,
            ["hidden_dim"] = 24, ["max_position_embeddings"] = 66, ["activation"] = "gelu",
        }
        : new JsonObject
        {
            ["model_type"] = type, ["architectures"] = new JsonArray(architecture), ["vocab_size"] = vocabulary, ["hidden_size"] = 16, ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 2, ["intermediate_size"] = 24, ["max_position_embeddings"] = 66, ["type_vocab_size"] = type.Contains("roberta", StringComparison.Ordinal) ? 1 : 2,
            ["layer_norm_eps"] = 1e-5, ["pad_token_id"] = 1, ["embedding_size"] = 16, ["hidden_act"] = "gelu",
        };

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="heads">Weights beside the stack, with their shapes.</param>
    /// <param name="rename">What a weight is called in the file, by its canonical name; null for that name.</param>
    public static void Write(string folder, JsonObject config, (string Name, long[] Shape)[] heads, Func<string, string>? rename = null)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        using var reader = new ConfigReader(config, "config.json");
        var stack = Architecture.OfModelType(config["model_type"]!.GetValue<string>(), "config.json").FromConfig(reader, InputLimits.Default);
        var writer = new SafetensorsWriter();
        var parameters = new StackBuilder(stack, Random, "toy").Build().Parameters;
        foreach (var (name, parameter) in parameters) writer.Add(rename?.Invoke(name) ?? name, parameter.Tensor);
        foreach (var (name, shape) in heads) writer.Add(rename?.Invoke(name) ?? name, Random(name, shape));
        writer.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <summary>A weight and its bias.</summary>
    public static (string Name, long[] Shape)[] Linear(string name, int outputs, int inputs = 16) => [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])];

    private static Tensor Random(string name, ReadOnlySpan<long> shape)
    {
        var tensor = Tensor.Create(TensorFormat.F32, shape);
        var seed = 0u;
        foreach (var c in name) seed = seed * 31 + c;
        var key = new RandomKey(3, 0, seed, RandomPurpose.Initialise);
        var gain = name.Contains("norm", StringComparison.OrdinalIgnoreCase) && name.EndsWith(".weight", StringComparison.Ordinal) ? 1f : 0f;
        for (var i = 0; i < tensor.Count; i++) tensor.Values[i] = gain + (float)key.Normal((uint)i) * 0.3f;
        return tensor;
    }
}
