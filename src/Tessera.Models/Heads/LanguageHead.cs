using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Heads;

/// <summary>Turns hidden rows into logits over the vocabulary: a matrix, often the embedding table itself, then a scale and a soft cap.</summary>
/// <param name="Projection">[vocabulary, width].</param>
/// <param name="Scale">What logits are multiplied by.</param>
/// <param name="Softcap">Logits are squashed to ±this by tanh; 0 means not.</param>
public sealed record LanguageHead(LinearMap Projection, float Scale = 1, float Softcap = 0)
{
    /// <summary>Logits in a row.</summary>
    public int VocabularySize => Projection.Outputs;

    /// <summary>The logits of every row of <paramref name="hidden"/>.</summary>
    /// <param name="pass">The pass that computed the rows.</param>
    /// <param name="hidden">[rows, width], behind the final norm.</param>
    /// <returns>[rows, vocabulary].</returns>
    public Value Logits(Pass pass, Value hidden)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var logits = pass.Linear(hidden, Projection);
        if (Scale != 1) logits = pass.Scale(logits, Scale);
        return Softcap == 0 ? logits : pass.Softcap(logits, Softcap);
    }
}
