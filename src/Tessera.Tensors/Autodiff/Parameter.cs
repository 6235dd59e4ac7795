using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Autodiff;

/// <summary>
/// A named weight of a model: stored in any format, packed for the kernels on first use, with a gradient where it is trained.
/// Shared by every pass; only an optimiser changes it, between passes.
/// </summary>
public sealed unsafe class Parameter
{
    private readonly Lock _packing = new();
    private PackedMatrix? _matrix;
    private Tensor? _vector;
    private int _packedVersion;
    private NativeBuffer? _gradient;

    /// <summary>Wraps a tensor.</summary>
    /// <param name="name">The canonical (Hugging Face) name.</param>
    /// <param name="tensor">The values; a matrix is [out, in].</param>
    public Parameter(string name, Tensor tensor)
    {
        Name = name;
        Tensor = tensor;
    }

    /// <summary>The canonical (Hugging Face) name.</summary>
    public string Name { get; }

    /// <summary>The stored values.</summary>
    public Tensor Tensor { get; }

    /// <summary>Whether the fast mode keeps 16 bits of this matrix's activations instead of 8 (design decision 10). Default false.</summary>
    public bool WideActivations { get; init; }

    /// <summary>How often the values have changed; packed copies follow it.</summary>
    public int Version { get; private set; }

    /// <summary>Whether a backward pass accumulates a gradient for it. Only owned F32 tensors can be trained.</summary>
    public bool IsTrained => _gradient is not null;

    /// <summary>The gradient, as many floats as the tensor has values.</summary>
    /// <exception cref="InvalidOperationException">The parameter is not trained.</exception>
    public Span<float> Gradient => new(GradientPointer, checked((int)Tensor.Count));

    /// <summary>The address of the gradient.</summary>
    /// <exception cref="InvalidOperationException">The parameter is not trained.</exception>
    public float* GradientPointer => _gradient is { } buffer
        ? (float*)buffer.Pointer
        : throw new InvalidOperationException($"{Name} is not trained; call Train first.");

    /// <summary>The values of a vector (a norm's gain, a bias), widened to F32; for an F32 tensor the stored values themselves.</summary>
    public ReadOnlySpan<float> Vector => new(VectorPointer, checked((int)Tensor.Count));

    /// <summary>The address of <see cref="Vector"/>.</summary>
    public float* VectorPointer => (float*)(Tensor.Format == TensorFormat.F32 ? Tensor : _vector ??= Tensor.FromValues(Tensor.ToArray(), Tensor.Shape.Span)).Data;

    /// <summary>Gives the parameter a gradient of zeros, so that backward passes add to it.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not an owned F32 tensor.</exception>
    public void Train()
    {
        _ = Tensor.Values; // refuses quantised and mapped tensors with a reason
        _gradient ??= new NativeBuffer(Tensor.Count * sizeof(float));
    }

    /// <summary>Drops the gradient; the parameter is frozen again.</summary>
    public void Freeze()
    {
        _gradient?.Dispose();
        _gradient = null;
    }

    /// <summary>Says that the values were changed, so that packed copies are made anew.</summary>
    public void Changed() => Version++;

    /// <summary>The matrix packed for this process's kernels, made or renewed on demand.</summary>
    public PackedMatrix Matrix(ComputePool pool)
    {
        if (Volatile.Read(ref _matrix) is { } ready && _packedVersion == Version) return ready;
        lock (_packing)
        {
            if (_matrix is null) _matrix = PackedMatrix.Pack(Tensor, pool, WideActivations);
            else if (_packedVersion != Version) _matrix.Update(Tensor, pool);
            _packedVersion = Version;
            return _matrix;
        }
    }
}
