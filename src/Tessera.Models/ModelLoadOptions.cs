namespace Tessera.Models;

/// <summary>How a model is loaded.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>Bounds on what the files may ask for; the defaults if null.</summary>
    public InputLimits? Limits { get; init; }

    /// <summary>
    /// Most bytes that the model may need, weights and one full context together; null for what the machine has free.
    /// A model that needs more is refused before anything is loaded.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Whether weights are copied to owned F32 tensors, so that they can be trained. Default false: they stay mapped.</summary>
    public bool ForTraining { get; init; }
}
