using Tessera.Learning.Optimisers;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>Clipping by the global L2 norm, in single precision.</summary>
internal sealed class ClippingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("gradients") && @case.Input.Has("max_norm") && @case.Expected.Has("total_norm") && @case.Input.Find("norm_type") is { } type && type.AsDouble() == 2;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var gradients = @case.Input["gradients"].Items.Select(static g => g.AsTensor()).ToList();
        var parameters = gradients.Select(static (g, i) => new Parameter($"p{i}", Tensor.FromValues(new float[g.Length], g.Length))).ToList();
        for (var i = 0; i < parameters.Count; i++)
        {
            parameters[i].Train();
            gradients[i].ToSingles().CopyTo(parameters[i].Gradient);
        }

        // The family's rule for single precision: 2e-6 relative on values, 1e-5 absolute on gradients.
        check.Close(@case.Expected["total_norm"], GradientClipping.ByNorm(parameters, @case.Input["max_norm"].AsDouble()), new Tolerance(0, 2e-6));
        var clipped = @case.Expected["clipped"];
        for (var i = 0; i < parameters.Count; i++) check.Tensor(clipped[i], parameters[i].Gradient, new Tolerance(1e-7, 2e-6));
    }
}
