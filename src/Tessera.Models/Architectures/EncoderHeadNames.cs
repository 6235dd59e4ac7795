using Tessera.Tensors.Kernels;

namespace Tessera.Models.Architectures;

/// <summary>The canonical (Hugging Face) names of an encoder's heads, without <c>.weight</c>. A head that an architecture does not have is null.</summary>
public sealed record EncoderHeadNames
{
    /// <summary>The pooler.</summary>
    public string? Pooler { get; init; }

    /// <summary>The next-sentence head.</summary>
    public string? NextSentence { get; init; }

    /// <summary>The masked-language-model head's transformation.</summary>
    public required string MaskedTransform { get; init; }

    /// <summary>The norm behind it.</summary>
    public required string MaskedNorm { get; init; }

    /// <summary>Its matrix, where that is not the embedding table.</summary>
    public required string MaskedDecoder { get; init; }

    /// <summary>The full name of its bias.</summary>
    public required string MaskedBias { get; init; }

    /// <summary>The activation behind the transformation, where it is not the configuration's.</summary>
    public ActivationFunction? MaskedActivation { get; init; }

    /// <summary>The classifier of tokens.</summary>
    public string TokenClassifier { get; init; } = "classifier";

    /// <summary>The layer before the classifier of sequences; null where that is the pooler.</summary>
    public string? SequenceDense { get; init; }

    /// <summary>Behind that layer.</summary>
    public ActivationFunction SequenceActivation { get; init; } = ActivationFunction.Tanh;

    /// <summary>The classifier of sequences.</summary>
    public string SequenceClassifier { get; init; } = "classifier";

    /// <summary>What stands before the names of the discriminator, or null.</summary>
    public string? Discriminator { get; init; }

    /// <summary>The names of BERT.</summary>
    public static EncoderHeadNames Bert { get; } = new()
    {
        Pooler = "bert.pooler.dense", NextSentence = "cls.seq_relationship",
        MaskedTransform = "cls.predictions.transform.dense", MaskedNorm = "cls.predictions.transform.LayerNorm",
        MaskedDecoder = "cls.predictions.decoder", MaskedBias = "cls.predictions.bias",
    };

    /// <summary>The names of RoBERTa and XLM-RoBERTa.</summary>
    public static EncoderHeadNames Roberta { get; } = new()
    {
        Pooler = "roberta.pooler.dense",
        MaskedTransform = "lm_head.dense", MaskedNorm = "lm_head.layer_norm", MaskedDecoder = "lm_head.decoder", MaskedBias = "lm_head.bias",
        MaskedActivation = ActivationFunction.GeluErf,
        SequenceDense = "classifier.dense", SequenceClassifier = "classifier.out_proj",
    };

    /// <summary>The names of ELECTRA; its generator's head maps to the embedding's width.</summary>
    public static EncoderHeadNames Electra { get; } = new()
    {
        MaskedTransform = "generator_predictions.dense", MaskedNorm = "generator_predictions.LayerNorm",
        MaskedDecoder = "generator_lm_head", MaskedBias = "generator_lm_head.bias", MaskedActivation = ActivationFunction.GeluErf,
        SequenceDense = "classifier.dense", SequenceActivation = ActivationFunction.GeluErf, SequenceClassifier = "classifier.out_proj",
        Discriminator = "discriminator_predictions.",
    };

    /// <summary>The names of DistilBERT.</summary>
    public static EncoderHeadNames DistilBert { get; } = new()
    {
        MaskedTransform = "vocab_transform", MaskedNorm = "vocab_layer_norm", MaskedDecoder = "vocab_projector", MaskedBias = "vocab_projector.bias",
        SequenceDense = "pre_classifier", SequenceActivation = ActivationFunction.Relu,
    };
}
