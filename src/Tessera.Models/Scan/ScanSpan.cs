using Tessera.Models.State;

namespace Tessera.Models.Scan;

/// <summary>The rows of one sequence in a pass, and its state in this layer.</summary>
/// <param name="State">What the layer remembers of the sequence.</param>
/// <param name="FirstRow">The first of its rows.</param>
/// <param name="RowCount">How many rows it has, at least one.</param>
public readonly record struct ScanSpan(RecurrentState State, int FirstRow, int RowCount);
