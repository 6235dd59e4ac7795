using Tessera.Models.Architectures;
using Tessera.Models.Files;
using Tessera.Models.Heads;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models;

/// <summary>From a file or directory to a model: which architecture, which weights, which heads.</summary>
internal static class ModelLoader
{
    public static Model Load(WeightFiles files, ModelLoadOptions options)
    {
        var limits = options.Limits ?? InputLimits.Default;
        try
        {
            StackConfig config;
            StackConfig? encoder = null;
            var classes = new ClassConfig();
            TensorSource tensors;
            if (files.Gguf is { } gguf)
            {
                var translation = new GgufTranslation(gguf);
                config = translation.Config(limits);
                tensors = translation.Tensors(config);
            }
            else
            {
                using var json = files.OpenConfig();
                var architecture = Architecture.OfModelType(json.String("model_type"), files.Path);
                config = architecture.FromConfig(json, limits);
                encoder = architecture.EncoderFromConfig?.Invoke(json, limits);
                if (!config.Causal) classes = ClassConfig.From(json);
                tensors = Canonical(files, config);
            }

            CheckMemory(config, files, options);
            if (options.ForTraining) tensors = Owned(tensors);
            var builder = new StackBuilder(config, tensors, files.Path);
            return encoder is not null ? EncoderDecoder(encoder, config, builder, tensors, files)
                : config.Causal ? Language(config, builder, tensors, files)
                : EncoderLoader.Load(config, classes, builder, tensors, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static LanguageModel Language(StackConfig config, StackBuilder builder, TensorSource tensors, WeightFiles files)
    {
        // Some writers store a tied head a second time, some leave an untied one out: the tensor rules where there is one.
        var tied = config.TiedHead || tensors(config.Names.Head + ".weight", []) is null;
        var projection = tied ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var stack = builder.Build();
        return new LanguageModel(files.Path, stack, new LanguageHead(projection ?? new LinearMap(stack.Embedding), config.LogitScale, config.LogitSoftcap), files);
    }

    private static EncoderDecoderModel EncoderDecoder(
        StackConfig encoderConfig, StackConfig config, StackBuilder builder, TensorSource tensors, WeightFiles files)
    {
        var tied = config.TiedHead || tensors(config.Names.Head + ".weight", []) is null;
        var projection = tied ? null : builder.Linear(config.Names.Head, config.VocabularySize, config.Width, bias: false);
        var decoder = builder.Build();
        var encoder = new StackBuilder(encoderConfig, tensors, files.Path) { Shared = builder.Parameters }.Build();
        var parameters = new Dictionary<string, Parameter>(builder.Parameters);
        foreach (var (name, parameter) in encoder.Parameters) parameters[name] = parameter;
        return new EncoderDecoderModel(
            files.Path, encoder, decoder, new LanguageHead(projection ?? new LinearMap(decoder.Embedding), config.LogitScale, config.LogitSoftcap), parameters, files);
    }

    // Files of bare models leave the prefix of the names out (sentence-transformers: no "bert."; some decoders: no "model."); those that
    // were converted from TensorFlow (bert-base-multilingual-cased) call a norm's gain and bias gamma and beta.
    private static TensorSource Canonical(WeightFiles files, StackConfig config)
    {
        var prefix = config.Names.Embedding[..(config.Names.Embedding.IndexOf('.', StringComparison.Ordinal) + 1)];
        Tensor? Find(string name) => files.TryGet(name) ?? (name.StartsWith(prefix, StringComparison.Ordinal) ? files.TryGet(name[prefix.Length..]) : null);
        return (name, _) => Find(name)
            ?? (name.EndsWith(".LayerNorm.weight", StringComparison.Ordinal) ? Find(name[..^"weight".Length] + "gamma")
                : name.EndsWith(".LayerNorm.bias", StringComparison.Ordinal) ? Find(name[..^"bias".Length] + "beta")
                : null);
    }

    private static TensorSource Owned(TensorSource tensors) => (name, shape) =>
    {
        if (tensors(name, shape) is not { } tensor) return null;
        var owned = Tensor.Create(TensorFormat.F32, tensor.Shape.Span);
        tensor.CopyTo(owned.Values);
        return owned;
    };

    private static void CheckMemory(StackConfig config, WeightFiles files, ModelLoadOptions options)
    {
        var available = options.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var estimate = MemoryEstimate.Of(config, files.WeightBytes);
        if (estimate.Model > available)
            throw new ResourceLimitException($"bytes of memory for {files.Path}", estimate.Model, available, "Take a smaller model or a smaller format of this one.");
    }
}
