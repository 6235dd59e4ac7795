using System.Globalization;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>
/// Writes a language model as GGUF under the names that other tools know: the inverse of how GGUF files are read, rotary rows interleaved
/// again where the architecture has them so. The vocabulary is the caller's to add.
/// </summary>
public static class GgufExport
{
    /// <summary>A writer that holds the model's description and announces its tensors.</summary>
    /// <param name="model">The model; must live until the file is written.</param>
    /// <param name="matrices">The format of matrices; a row that is no whole number of its blocks, and every vector, stays F32.</param>
    /// <exception cref="UnsupportedFeatureException">GGUF has no such architecture.</exception>
    public static GgufWriter Describe(LanguageModel model, TensorFormat matrices)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = model.Stack.Config;
        var architecture = Architecture.OfModelType(config.ModelType, model.Source);
        var name = architecture.GgufName ?? throw new UnsupportedFeatureException(model.Source, $"GGUF for {config.ModelType}");
        var writer = new GgufWriter();
        writer.Add("general.architecture", GgufValue.Of(name));
        void Integer(string key, long value) => writer.Add($"{name}.{key}", GgufValue.Of(checked((uint)value)));
        void Number(string key, float value) => writer.Add($"{name}.{key}", GgufValue.Of(value));
        Integer("vocab_size", config.VocabularySize);
        Integer("context_length", config.MaxPositions);
        Integer("embedding_length", config.Width);
        Integer("block_count", config.Layers);
        Integer("feed_forward_length", config.FeedForwardWidth);
        Integer("attention.head_count", config.Heads);
        Integer("attention.head_count_kv", config.KvHeads);
        Integer("attention.key_length", config.HeadSize);
        Integer("attention.value_length", config.HeadSize);
        Number("attention.layer_norm_rms_epsilon", config.NormEpsilon);
        if (config.RotaryOf(0) is { } rotary)
        {
            if (rotary.Scaling != RotaryScaling.Default) throw new UnsupportedFeatureException(model.Source, $"writing {rotary.Scaling} scaling to GGUF");
            Number("rope.freq_base", (float)rotary.Theta);
            Integer("rope.dimension_count", rotary.RotatedSize);
        }

        var parameters = model.Parameters.Values.Append(model.Head.Projection.Weight).DistinctBy(p => p.Name);
        foreach (var parameter in parameters) Announce(writer, parameter, config, architecture, matrices);
        return writer;
    }

    private static void Announce(GgufWriter writer, Parameter parameter, StackConfig config, Architecture architecture, TensorFormat matrices)
    {
        var name = GgufTranslation.NameOf(parameter.Name, config)
            ?? throw new UnsupportedFeatureException("GGUF", string.Create(CultureInfo.InvariantCulture, $"the tensor {parameter.Name}"));
        var shape = parameter.Tensor.Shape.ToArray();
        var format = shape.Length == 2 && shape[1] % BlockFormat.Of(matrices).BlockLength == 0 ? matrices : TensorFormat.F32;
        writer.Add(name, format, shape, () =>
        {
            var tensor = parameter.Tensor;
            if (architecture.GgufRowsInterleaved && config.Rotary.Count > 0)
            {
                if (name.Contains(".attn_q.", StringComparison.Ordinal)) tensor = RotaryRows.ToInterleaved(tensor, config.Heads);
                if (name.Contains(".attn_k.", StringComparison.Ordinal)) tensor = RotaryRows.ToInterleaved(tensor, config.KvHeads);
            }

            return tensor.Format == format ? tensor : Converted(tensor, format);
        });
    }

    private static unsafe Tensor Converted(Tensor source, TensorFormat format)
    {
        var target = Tensor.Create(format, source.Shape.Span);
        BlockFormat.Quantise(format, source.ToArray(), new Span<byte>(target.Data, checked((int)target.ByteLength)));
        return target;
    }
}
