using Tessera.Models.State;

namespace Tessera.Models.Attention;

/// <summary>The rows of one sequence in a pass.</summary>
/// <param name="State">What the sequence has cached in this layer.</param>
/// <param name="FirstRow">The first of its rows.</param>
/// <param name="RowCount">How many rows it has, at least one.</param>
/// <param name="Visibility">Which keys they see.</param>
public readonly record struct AttentionSpan(KeyValueState State, int FirstRow, int RowCount, RowVisibility Visibility)
{
    /// <summary>Whether the rows only read the state: cross attention to an encoder's memory. Otherwise their own keys and values are appended first.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How many rows of the same prompt follow in later passes; policies may wait for them.</summary>
    public int RowsToCome { get; init; }

    /// <summary>For the backward of a read-only span: the row of the key and value gradients that stands for the state's first slot.</summary>
    public int FirstKeyRow { get; init; }
}
