using System.Numerics.Tensors;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Learning.Optimisers;

/// <summary>The constants of <see cref="AdamW"/>; the defaults are those for fine-tuning.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Decay of the mean of squared gradients. Default 0.999; 0.95 is usual in pre-training.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the root of the mean of squares, behind its bias correction. Default 1e-8.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Decoupled weight decay of matrices; vectors (norms, biases) are not decayed. Default 0.01.</summary>
    public float WeightDecay { get; init; } = 0.01f;
}

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019, arXiv:1711.05101), in PyTorch's order: decay, moments, step. Holds two
/// F32 moments per trained weight. Every weight's update is independent, so the result does not depend on threads.
/// </summary>
public sealed unsafe class AdamW : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly NativeBuffer[] _moments; // mean, then mean of squares
    private readonly AdamWOptions _options;

    /// <summary>Creates an optimiser.</summary>
    /// <param name="parameters">What it updates; each must be trained (<see cref="Parameter.Train"/>).</param>
    /// <param name="options">The constants.</param>
    /// <exception cref="ArgumentException">A parameter is not trained, or a constant is out of range.</exception>
    public AdamW(IEnumerable<Parameter> parameters, AdamWOptions? options = null)
    {
        _options = options ?? new AdamWOptions();
        if (_options.Beta1 is not (>= 0 and < 1) || _options.Beta2 is not (>= 0 and < 1)) throw new ArgumentException("Betas lie in [0, 1).", nameof(options));
        if (!(_options.Epsilon > 0) || !(_options.WeightDecay >= 0)) throw new ArgumentException("Epsilon is positive, weight decay not negative.", nameof(options));
        _parameters = [.. parameters];
        foreach (var parameter in _parameters)
        {
            if (!parameter.IsTrained) throw new ArgumentException($"{parameter.Name} is not trained.", nameof(parameters));
        }

        _moments = Array.ConvertAll(_parameters, p => new NativeBuffer(p.Tensor.Count * 2 * sizeof(float)));
    }

    /// <summary>The parameters, in the order of their moments.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Updates done.</summary>
    public int Step { get; private set; }

    /// <summary>The moments of a parameter: means of gradients, then of their squares.</summary>
    public Span<float> Moments(int parameter) => new(_moments[parameter].Pointer, checked((int)(_parameters[parameter].Tensor.Count * 2)));

    /// <summary>One update from the gradients that the parameters hold; they are not cleared.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    public void Update(double learningRate)
    {
        Step++;
        var correction1 = 1 - Math.Pow(_options.Beta1, Step);
        var correction2 = 1 - Math.Pow(_options.Beta2, Step);
        var stepSize = (float)(learningRate / correction1);
        var rootCorrection = (float)(1 / Math.Sqrt(correction2));
        for (var i = 0; i < _parameters.Length; i++)
        {
            var parameter = _parameters[i];
            var decay = parameter.Tensor.Shape.Length > 1 ? (float)(1 - learningRate * _options.WeightDecay) : 1f;
            Update(parameter.Tensor.Values, parameter.Gradient, Moments(i), decay, stepSize, rootCorrection);
            parameter.Changed();
        }
    }

    /// <summary>Sets every gradient to zero.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters) parameter.Gradient.Clear();
    }

    /// <summary>Continues where another run stopped: takes its step count; moments are set through <see cref="Moments"/>.</summary>
    public void Resume(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Step = step;
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        foreach (var moment in _moments) moment.Dispose();
    }

    private void Update(Span<float> p, ReadOnlySpan<float> g, Span<float> moments, float decay, float stepSize, float rootCorrection)
    {
        const int block = 1024; // keeps the scratch on the stack and all five streams in the first-level cache
        Span<float> scratch = stackalloc float[block];
        var m = moments[..p.Length];
        var v = moments[p.Length..];
        for (var from = 0; from < p.Length; from += block)
        {
            var n = Math.Min(block, p.Length - from);
            var pb = p.Slice(from, n);
            var gb = g.Slice(from, n);
            var mb = m.Slice(from, n);
            var vb = v.Slice(from, n);
            var t = scratch[..n];
            if (decay != 1) TensorPrimitives.Multiply(pb, decay, pb);
            TensorPrimitives.Multiply(mb, _options.Beta1, mb);
            TensorPrimitives.MultiplyAdd(gb, 1 - _options.Beta1, mb, mb);
            TensorPrimitives.Multiply(gb, gb, t);
            TensorPrimitives.Multiply(vb, _options.Beta2, vb);
            TensorPrimitives.MultiplyAdd(t, 1 - _options.Beta2, vb, vb);
            TensorPrimitives.Sqrt(vb, t);
            TensorPrimitives.Multiply(t, rootCorrection, t);
            TensorPrimitives.Add(t, _options.Epsilon, t);
            TensorPrimitives.Divide(mb, t, t);
            TensorPrimitives.MultiplyAdd(t, -stepSize, pb, pb);
        }
    }
}
