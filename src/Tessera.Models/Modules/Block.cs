using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>One layer of a stack: vectors in, vectors out, and the state that it keeps of a sequence.</summary>
public abstract class Block
{
    /// <summary>Runs the pass's rows through the layer.</summary>
    /// <param name="pass">The operations and the rows.</param>
    /// <param name="x">The residual stream, [rows, width]; the layer may overwrite it.</param>
    /// <param name="layer">The layer's index, 0-based.</param>
    /// <returns>The residual stream behind the layer.</returns>
    public abstract Value Run(Pass pass, Value x, int layer);

    /// <summary>Whether the layer passes a point, so that hooks there are called.</summary>
    public abstract bool Has(HookPoint point);

    /// <summary>The matrices that run over all rows of a pass: what an adapter may add to.</summary>
    public abstract IEnumerable<LinearMap> Maps { get; }

    /// <summary>A fresh state for one sequence.</summary>
    /// <param name="options">Formats and bounds.</param>
    public abstract LayerState CreateState(SequenceOptions options);
}
