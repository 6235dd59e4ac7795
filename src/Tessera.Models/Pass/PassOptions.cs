using Tessera.Models.Hooks;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Passes;

/// <summary>How a pass computes.</summary>
public sealed record PassOptions
{
    /// <summary>Exact (F32 activations; the reference) or fast (8-bit activations where weights are quantised). Default fast.</summary>
    public Arithmetic Arithmetic { get; init; } = Arithmetic.Fast;

    /// <summary>The threads; the process's pool if null.</summary>
    public ComputePool? Pool { get; init; }

    /// <summary>Hooks that read or change activations; none if null.</summary>
    public HookTable? Hooks { get; init; }

    /// <summary>Measures where the time goes; nothing is measured if null.</summary>
    public PassProfile? Profile { get; init; }

    /// <summary>A tape that records the pass for a backward; none if null.</summary>
    public Tape? Tape { get; init; }
}
