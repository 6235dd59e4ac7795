using System.Runtime.InteropServices;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Autodiff;

/// <summary>
/// The record of one forward pass in coarse operations, and its backward. Values that take a gradient have a node number; a value whose
/// inputs and weights are all frozen has none, and nothing is recorded for it. Gradients of activations live in the tape's own arena;
/// gradients of weights in their <see cref="Parameter"/>. Not thread-safe: it belongs to one pass.
/// </summary>
public sealed unsafe class Tape : IDisposable
{
    private readonly Arena _gradients = new();
    private readonly List<nint> _nodeGradients = [];
    private TapeRecord[] _records = new TapeRecord[256];
    private int _count;

    /// <summary>Creates an empty tape.</summary>
    /// <param name="pool">The threads that backward kernels run on; the process's pool if null.</param>
    public Tape(ComputePool? pool = null) => Pool = pool ?? ComputePool.Shared;

    /// <summary>The threads that backward kernels run on.</summary>
    public ComputePool Pool { get; }

    /// <summary>Scratch for backward kernels, released after each record.</summary>
    public Arena Scratch { get; } = new();

    /// <summary>The number of operations recorded.</summary>
    public int Count => _count;

    /// <summary>A new node number, for a value that takes a gradient.</summary>
    public int NewNode()
    {
        _nodeGradients.Add(0);
        return _nodeGradients.Count - 1;
    }

    /// <summary>Appends an operation.</summary>
    public void Record(in TapeRecord record)
    {
        if (_count == _records.Length) Array.Resize(ref _records, _count * 2);
        _records[_count++] = record;
    }

    /// <summary>The gradient of a value, as many floats as the value; zeros if nothing was added to it yet. Null for a value without a node.</summary>
    public float* Gradient(in Value value)
    {
        if (value.Node < 0) return null;
        ref var gradient = ref CollectionsMarshal.AsSpan(_nodeGradients)[value.Node];
        if (gradient == 0)
        {
            gradient = (nint)_gradients.Floats(value.Count);
            NativeMemory.Clear((void*)gradient, (nuint)(value.Count * sizeof(float)));
        }

        return (float*)gradient;
    }

    /// <summary>The gradient of a value after a backward, or an empty span where it has none.</summary>
    public ReadOnlySpan<float> GradientOf(in Value value) =>
        value.Node < 0 || _nodeGradients[value.Node] == 0 ? [] : new ReadOnlySpan<float>((float*)_nodeGradients[value.Node], checked((int)value.Count));

    /// <summary>Carries the gradient of <paramref name="output"/> back to every value and trained weight that led to it.</summary>
    /// <param name="output">Usually a scalar loss.</param>
    /// <param name="seed">The gradient of each of its floats; 1 for a loss.</param>
    /// <exception cref="InvalidOperationException">The output takes no gradient.</exception>
    public void Backward(in Value output, float seed = 1f)
    {
        CheckTakesGradient(output);
        new Span<float>(Gradient(output), checked((int)output.Count)).Fill(seed);
        WalkBack();
    }

    /// <summary>The same for an output whose gradient was computed elsewhere: of a loss that is no operation of the tape.</summary>
    /// <param name="output">Any value that takes a gradient.</param>
    /// <param name="gradient">The gradient of each of its floats.</param>
    /// <exception cref="ArgumentException">There are more or fewer floats than the output has.</exception>
    /// <exception cref="InvalidOperationException">The output takes no gradient.</exception>
    public void Backward(in Value output, ReadOnlySpan<float> gradient)
    {
        CheckTakesGradient(output);
        if (gradient.Length != output.Count) throw new ArgumentException($"{gradient.Length} floats for an output of {output.Count}.", nameof(gradient));
        gradient.CopyTo(new Span<float>(Gradient(output), gradient.Length));
        WalkBack();
    }

    /// <summary>Forgets everything, keeping the memory.</summary>
    public void Clear()
    {
        Array.Clear(_records, 0, _count); // drops references to weights
        _count = 0;
        _nodeGradients.Clear();
        _gradients.Reset();
    }

    private void WalkBack()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            ref readonly var record = ref _records[i];
            if (_nodeGradients[record.Output.Node] == 0) continue; // nothing downstream used it
            record.Operation.Backward(this, record);
            Scratch.Reset();
        }
    }

    private static void CheckTakesGradient(in Value output)
    {
        if (output.Node < 0) throw new InvalidOperationException("The output takes no gradient: nothing that led to it is trained or watched.");
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _gradients.Dispose();
        Scratch.Dispose();
    }
}
