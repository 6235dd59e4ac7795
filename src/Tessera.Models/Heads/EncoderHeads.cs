using Tessera.Models.Modules;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Heads;

/// <summary>The heads that an encoder's file has; those it does not have are null.</summary>
public sealed record EncoderHeads
{
    /// <summary>The pooler: a map of the first row, behind it tanh.</summary>
    public LinearMap? Pooler { get; init; }

    /// <summary>The masked-language-model head.</summary>
    public MaskedHead? Masked { get; init; }

    /// <summary>The next-sentence head, over the pooler's output.</summary>
    public LinearMap? NextSentence { get; init; }

    /// <summary>The classifier, over the pooler's output for sequences and over every row for tokens.</summary>
    public LinearMap? Classifier { get; init; }

    /// <summary>Whether <see cref="Classifier"/> labels each token rather than the sequence.</summary>
    public bool ClassifiesTokens { get; init; }

    /// <summary>The labels' names, by index; empty where the file names none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
