using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Passes;

/// <summary>The slope of a float32 loss along a direction of one parameter, by differences of the fourth order.</summary>
internal static class DirectionalSlope
{
    /// <summary>
    /// Compares the gradient with the slope along (gradient / its norm + a random unit vector): to 1e-3 of the norm, and to what the rounding of
    /// the loss (6e-8 of itself, in differences whose weights add up to 1.5 steps) leaves.
    /// </summary>
    public static void ShouldMatch(Parameter parameter, Func<double> loss, float step = 0.02f)
    {
        var (gradient, kept) = (parameter.Gradient.ToArray(), parameter.Tensor.Values.ToArray());
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        norm.ShouldBeGreaterThan(0, parameter.Name);
        var random = new Random(11);
        var noise = gradient.Select(_ => random.NextDouble() - 0.5).ToArray();
        var length = Math.Sqrt(noise.Sum(n => n * n));
        var direction = gradient.Select((g, i) => (g / norm) + (noise[i] / length)).ToArray();
        double At(double shift)
        {
            for (var i = 0; i < kept.Length; i++) parameter.Tensor.Values[i] = (float)(kept[i] + shift * direction[i]);
            parameter.Changed();
            return loss();
        }

        var slope = (8 * (At(step) - At(-step)) - (At(2 * step) - At(-2 * step))) / (12 * step);
        var rounding = 6e-8 * Math.Abs(At(0)) * 1.5 / step;
        var expected = gradient.Select((g, i) => g * direction[i]).Sum();
        Math.Abs(slope - expected).ShouldBeLessThan(1e-3 * norm + rounding, $"{parameter.Name}: {expected}, differences say {slope}");
    }
}
