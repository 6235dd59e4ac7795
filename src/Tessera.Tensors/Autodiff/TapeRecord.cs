namespace Tessera.Tensors.Autodiff;

/// <summary>One recorded operation. A flat struct in a preallocated array, so that recording allocates nothing.</summary>
public unsafe struct TapeRecord
{
    /// <summary>The operation, which knows the backward.</summary>
    public Operation Operation;

    /// <summary>The result.</summary>
    public Value Output;

    /// <summary>First input.</summary>
    public Value A;

    /// <summary>Second input, or none.</summary>
    public Value B;

    /// <summary>Third input, or none.</summary>
    public Value C;

    /// <summary>The weights or settings that the operation used.</summary>
    public object? Weights;

    /// <summary>More of what the operation used (the rows, a rule).</summary>
    public object? Extra;

    /// <summary>What the forward saved in the arena for the backward (a norm's scale, log-sum-exps), or null.</summary>
    public float* Saved;

    /// <summary>A number that the operation used.</summary>
    public float Scalar;

    /// <summary>An integer that the operation used (a layer, a count).</summary>
    public int Index;
}
