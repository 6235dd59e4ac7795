using Tessera.Models.Passes;

namespace Tessera.Models.Hooks;

/// <summary>Where a hook is called.</summary>
/// <param name="Point">The place.</param>
/// <param name="Layer">The layer, 0-based; -1 for points outside the layers.</param>
/// <param name="Rows">The rows of the pass: sequence, token index and position of each row of the activations.</param>
public readonly record struct HookContext(HookPoint Point, int Layer, RowBatch Rows);
