using Tessera.Models.Files;

namespace Tessera.Models.Architectures;

/// <summary>
/// One row of the table of architectures: what its configurations are called and how they become a <see cref="StackConfig"/>.
/// </summary>
/// <param name="ModelTypes">The <c>model_type</c>s of config.json that it reads.</param>
/// <param name="GgufName">What GGUF's <c>general.architecture</c> calls it; null where GGUF has no such files.</param>
/// <param name="FromConfig">Reads a config.json.</param>
/// <param name="EncoderFromConfig">Reads the encoder of an encoder-decoder, whose decoder <paramref name="FromConfig"/> reads; null for a single stack.</param>
/// <param name="GgufRowsInterleaved">Whether GGUF stores queries' and keys' rows in interleaved rotary order (llama).</param>
public sealed record Architecture(
    IReadOnlyList<string> ModelTypes, string? GgufName, Func<ConfigReader, InputLimits, StackConfig> FromConfig, bool GgufRowsInterleaved = false,
    Func<ConfigReader, InputLimits, StackConfig>? EncoderFromConfig = null)
{
    /// <summary>The table. A new architecture is a new row.</summary>
    public static IReadOnlyList<Architecture> Table { get; } =
    [
        new(["llama", "mistral"], "llama", DecoderConfigs.Llama, GgufRowsInterleaved: true),
        new(["qwen2"], "qwen2", DecoderConfigs.Qwen2),
        new(["qwen3"], "qwen3", DecoderConfigs.Qwen3),
        new(["smollm3"], "smollm3", DecoderConfigs.SmolLm3, GgufRowsInterleaved: true),
        new(["gemma"], "gemma", DecoderConfigs.Gemma),
        new(["gemma2"], "gemma2", DecoderConfigs.Gemma2),
        new(["gemma3_text", "gemma3"], "gemma3", DecoderConfigs.Gemma3),
        new(["granite"], "granite", DecoderConfigs.Granite, GgufRowsInterleaved: true),
        new(["olmo2"], "olmo2", DecoderConfigs.Olmo2),
        new(["mamba"], null, MambaConfigs.Mamba),
        new(["t5"], null, T5Configs.Decoder, EncoderFromConfig: T5Configs.Encoder),
        new(["bert"], "bert", EncoderConfigs.Bert),
        new(["roberta", "xlm-roberta"], null, EncoderConfigs.Roberta),
        new(["electra"], null, EncoderConfigs.Electra),
        new(["distilbert"], null, EncoderConfigs.DistilBert),
    ];

    /// <summary>The row for a <c>model_type</c>.</summary>
    /// <exception cref="UnsupportedFeatureException">There is none.</exception>
    public static Architecture OfModelType(string modelType, string file) =>
        Table.FirstOrDefault(a => a.ModelTypes.Contains(modelType)) ?? throw Unknown(file, $"model_type \"{modelType}\"");

    /// <summary>The row for GGUF's <c>general.architecture</c>.</summary>
    /// <exception cref="UnsupportedFeatureException">There is none.</exception>
    public static Architecture OfGguf(string name, string file) =>
        Table.FirstOrDefault(a => a.GgufName == name) ?? throw Unknown(file, $"general.architecture \"{name}\"");

    private static UnsupportedFeatureException Unknown(string file, string what) =>
        new(file, what, $"Known are: {string.Join(", ", Table.SelectMany(a => a.ModelTypes))}.");
}
