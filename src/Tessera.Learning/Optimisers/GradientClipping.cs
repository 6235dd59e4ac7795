using System.Numerics.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Learning.Optimisers;

/// <summary>Clipping by the global norm (Pascanu et al., 2013): all gradients are scaled together, so that their direction stays.</summary>
public static class GradientClipping
{
    /// <summary>Scales the gradients by min(1, <paramref name="maxNorm"/>/(norm + 1e-6)), as PyTorch does.</summary>
    /// <param name="parameters">Whose gradients.</param>
    /// <param name="maxNorm">The largest norm; not negative.</param>
    /// <returns>The norm before clipping, summed in double.</returns>
    public static double ByNorm(IReadOnlyList<Parameter> parameters, double maxNorm)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegative(maxNorm);
        var sum = 0.0;
        foreach (var parameter in parameters) sum += SumOfSquares(parameter.Gradient);
        var norm = Math.Sqrt(sum);
        var scale = (float)Math.Min(1, maxNorm / (norm + 1e-6));
        if (scale < 1)
        {
            foreach (var parameter in parameters) TensorPrimitives.Multiply(parameter.Gradient, scale, parameter.Gradient);
        }

        return norm;
    }

    // Blocks in F32, their sums in double: fast, and exact to about 1e-7 relative for any length.
    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        for (var from = 0; from < values.Length; from += 4096) sum += TensorPrimitives.SumOfSquares(values.Slice(from, Math.Min(4096, values.Length - from)));
        return sum;
    }
}
