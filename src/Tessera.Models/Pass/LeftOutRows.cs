namespace Tessera.Models.Passes;

/// <summary>What becomes of rows that a layer does not run.</summary>
public enum LeftOutRows
{
    /// <summary>They go on to the next layer as they are: the layer is the identity for them (skipped layers, sparse training).</summary>
    PassOn,

    /// <summary>They leave the pass and wait before this layer, in the sequence's store of pending hidden states, for a later pass.</summary>
    Wait,
}
