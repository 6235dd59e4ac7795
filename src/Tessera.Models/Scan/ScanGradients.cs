namespace Tessera.Models.Scan;

/// <summary>
/// The gradients of one <see cref="SelectiveScan"/> call, laid out and strided like the arrays they belong to; all but the output's are
/// added to, and null where not wanted.
/// </summary>
public unsafe struct ScanGradients
{
    /// <summary>The gradient of the output, [rows, channels]; read.</summary>
    public float* Output;

    /// <summary>Of the inputs.</summary>
    public float* X;

    /// <summary>Of the time steps before the softplus.</summary>
    public float* TimeStep;

    /// <summary>Of B.</summary>
    public float* B;

    /// <summary>Of C.</summary>
    public float* C;

    /// <summary>Of the gate.</summary>
    public float* Gate;

    /// <summary>Of ln(-A).</summary>
    public float* LogA;

    /// <summary>Of D.</summary>
    public float* D;
}
