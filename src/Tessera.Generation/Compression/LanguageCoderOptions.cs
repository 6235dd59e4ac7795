using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Generation.Compression;

/// <summary>How a language model codes text.</summary>
public sealed record LanguageCoderOptions
{
    /// <summary>The shortest context, in tokens.</summary>
    public const int FewestContext = 16;

    /// <summary>The defaults.</summary>
    public static LanguageCoderOptions Default { get; } = new();

    /// <summary>Exact (F32, keys and values included) or fast (8-bit activations). A decoder has to compute alike. Default exact.</summary>
    public Arithmetic Arithmetic { get; init; } = Arithmetic.Exact;

    /// <summary>
    /// Most tokens that the model sees before the next one, at least <see cref="FewestContext"/>; the model's context where that is shorter. When they are reached it
    /// goes on from the last half of them. Default 1024.
    /// </summary>
    public int Context { get; init; } = 1024;

    /// <summary>The threads; the process's pool if null. The code does not depend on them.</summary>
    public ComputePool? Pool { get; init; }
}
