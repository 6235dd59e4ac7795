using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Heads;

/// <summary>
/// Gives rows a logit for each class: an optional layer with its activation, and a map to the classes. BERT's classifier of sequences has
/// the pooler as that layer, RoBERTa's and ELECTRA's one of their own; classifiers of tokens have none.
/// </summary>
public sealed record ClassificationHead
{
    /// <summary>The layer before the map, [width, width], or null.</summary>
    public LinearMap? Dense { get; init; }

    /// <summary>Behind that layer.</summary>
    public ActivationFunction Activation { get; init; } = ActivationFunction.Tanh;

    /// <summary>[classes, width].</summary>
    public required LinearMap Output { get; init; }

    /// <summary>Whether each row has a class (a token's label), rather than the first row the class of its sequence.</summary>
    public required bool OfTokens { get; init; }

    /// <summary>The classes' names, by index: as config.json names them, else LABEL_0, LABEL_1 …</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The head's input to its last map, for a loss that takes the map itself.</summary>
    /// <param name="pass">The pass that computed the rows.</param>
    /// <param name="hidden">[rows, width].</param>
    /// <returns>[rows, width].</returns>
    public Value Features(Pass pass, Value hidden)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return Dense is null ? hidden : pass.Activate(pass.Linear(hidden, Dense), Activation);
    }

    /// <summary>The logits of every row of <paramref name="hidden"/>.</summary>
    /// <param name="pass">The pass that computed the rows.</param>
    /// <param name="hidden">[rows, width]: all rows for labels of tokens, the first of each sequence for those of sequences.</param>
    /// <returns>[rows, classes].</returns>
    public Value Logits(Pass pass, Value hidden) => pass.Linear(Features(pass, hidden), Output);
}
