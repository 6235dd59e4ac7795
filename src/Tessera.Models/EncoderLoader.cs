using Tessera.Models.Architectures;
using Tessera.Models.Files;
using Tessera.Models.Heads;
using Tessera.Models.Modules;

namespace Tessera.Models;

/// <summary>Binds an encoder's heads: which ones the file has, what their weights are called, and what the classes are.</summary>
internal static class EncoderLoader
{
    /// <summary>The model over a stack that <paramref name="builder"/> builds.</summary>
    /// <param name="config">The stack.</param>
    /// <param name="classes">What the configuration says of classes.</param>
    /// <param name="builder">Binds the weights.</param>
    /// <param name="tensors">Tells which weights there are.</param>
    /// <param name="files">The files, which the model then owns.</param>
    public static EncoderModel Load(StackConfig config, ClassConfig classes, StackBuilder builder, TensorSource tensors, WeightFiles files)
    {
        var names = config.Names.Heads ?? EncoderHeadNames.Bert;
        bool Has(string? name) => name is not null && tensors(name + ".weight", []) is not null;
        LinearMap? Optional(string? name, int outputs) => Has(name) ? builder.Linear(name!, outputs, config.Width, bias: true) : null;

        var pooler = Optional(names.Pooler, config.Width);
        var heads = new EncoderHeads
        {
            Pooler = pooler,
            NextSentence = Optional(names.NextSentence, 2),
            Classifier = Classifier(config, names, classes, pooler, builder, tensors, files.Path),
            Discriminator = names.Discriminator is { } prefix && Has(prefix + "dense_prediction") ? new ClassificationHead
            {
                Dense = builder.Linear(prefix + "dense", config.Width, config.Width, bias: true), Activation = config.Activation,
                Output = builder.Linear(prefix + "dense_prediction", 1, config.Width, bias: true), OfTokens = true, Labels = ["replaced"],
            } : null,
        };
        var stack = builder.Build();
        if (Has(names.MaskedTransform)) heads = heads with { Masked = Masked(config, names, stack, builder, Has(names.MaskedDecoder)) };
        builder.Complete();
        return new EncoderModel(files.Path, stack, heads, builder.Parameters, files);
    }

    private static MaskedHead Masked(StackConfig config, EncoderHeadNames names, Stack stack, StackBuilder builder, bool hasDecoder)
    {
        var decoder = hasDecoder && !config.TiedHead
            ? builder.Linear(names.MaskedDecoder, config.VocabularySize, config.EmbeddingWidth, bias: false).Weight
            : stack.Embedding;
        return new MaskedHead(
            builder.Linear(names.MaskedTransform, config.EmbeddingWidth, config.Width, bias: true), names.MaskedActivation ?? config.Activation,
            builder.Norm(names.MaskedNorm, config.EmbeddingWidth),
            new LinearMap(decoder, builder.Vector(names.MaskedBias, config.VocabularySize)));
    }

    private static ClassificationHead? Classifier(
        StackConfig config, EncoderHeadNames names, ClassConfig classes, LinearMap? pooler, StackBuilder builder, TensorSource tensors, string source)
    {
        int? Rows(string name) => tensors(name + ".weight", []) is { } weight && weight.Shape.Length == 2 ? (int)Math.Min(weight.Shape.Span[0], int.MaxValue) : null;

        // Where nothing is said: the layer before the classifier tells, which labels of tokens don't have.
        var ofTokens = classes.OfTokens ?? (names.SequenceDense is { } own ? Rows(own) is null : pooler is null);
        var name = ofTokens ? names.TokenClassifier : names.SequenceClassifier;
        if (Rows(name) is not { } count) return null;
        if (!ofTokens && names.SequenceDense is null && pooler is null)
            throw new MalformedInputException(source, "tensors", $"missing: {names.Pooler}.weight, which {name} needs to classify sequences");
        return new ClassificationHead
        {
            Dense = ofTokens ? null : names.SequenceDense is { } layer ? builder.Linear(layer, config.Width, config.Width, bias: true) : pooler,
            Activation = names.SequenceActivation,
            Output = builder.Linear(name, count, config.Width, bias: true),
            OfTokens = ofTokens,
            Labels = classes.LabelsOf(count, source),
        };
    }
}
