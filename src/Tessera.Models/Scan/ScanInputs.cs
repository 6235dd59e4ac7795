namespace Tessera.Models.Scan;

/// <summary>The arrays of one <see cref="SelectiveScan"/> call; F32, owned by the caller. Strides are floats from row to row.</summary>
public unsafe struct ScanInputs
{
    /// <summary>Rows of the call.</summary>
    public int Rows;

    /// <summary>Channels, each with a recurrence of its own.</summary>
    public int Channels;

    /// <summary>State floats of a channel, 1 to 256.</summary>
    public int StateSize;

    /// <summary>The inputs x, [rows, channels].</summary>
    public float* X;

    /// <summary>Floats from one row of <see cref="X"/> to the next.</summary>
    public nint XStride;

    /// <summary>The time steps before the softplus, their bias added, [rows, channels].</summary>
    public float* TimeStep;

    /// <summary>Floats from one row of <see cref="TimeStep"/> to the next.</summary>
    public nint TimeStepStride;

    /// <summary>What writes to the state, [rows, state size].</summary>
    public float* B;

    /// <summary>Floats from one row of <see cref="B"/> to the next.</summary>
    public nint BStride;

    /// <summary>What reads from the state, [rows, state size].</summary>
    public float* C;

    /// <summary>Floats from one row of <see cref="C"/> to the next.</summary>
    public nint CStride;

    /// <summary>The gate z, [rows, channels]: outputs are multiplied by silu(z). Null for none.</summary>
    public float* Gate;

    /// <summary>Floats from one row of <see cref="Gate"/> to the next.</summary>
    public nint GateStride;

    /// <summary>ln(-A), [channels, state size].</summary>
    public float* LogA;

    /// <summary>The direct path, [channels].</summary>
    public float* D;

    /// <summary>Takes [rows, channels].</summary>
    public float* Output;
}
