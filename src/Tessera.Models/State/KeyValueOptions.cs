using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>How a <see cref="KeyValueState"/> stores its rows.</summary>
public sealed record KeyValueOptions
{
    /// <summary>Format of keys: F32, F16, Q8_0 or Q4_0. Default F16.</summary>
    public TensorFormat KeyFormat { get; init; } = TensorFormat.F16;

    /// <summary>Format of values: F32, F16, Q8_0 or Q4_0; values bear coarse formats better than keys. Default F16.</summary>
    public TensorFormat ValueFormat { get; init; } = TensorFormat.F16;

    /// <summary>Whether each slot has a float that a policy may add to (attention received so far). Default false.</summary>
    public bool Accumulators { get; init; }

    /// <summary>Both planes as they come, for training and exact comparisons.</summary>
    public static KeyValueOptions Full { get; } = new() { KeyFormat = TensorFormat.F32, ValueFormat = TensorFormat.F32 };
}
