using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests;

/// <summary>The slope of a loss in one weight, by a central difference.</summary>
internal static class FiniteDifference
{
    /// <summary>Changes a weight up and down, and puts it back.</summary>
    public static float Of(Parameter parameter, int index, Func<float> loss)
    {
        const float step = 5e-3f; // of F32: smaller ones drown in rounding
        var kept = parameter.Tensor.Values[index];
        var up = At(kept + step);
        var down = At(kept - step);
        At(kept);
        return (up - down) / (2 * step);

        float At(float value)
        {
            parameter.Tensor.Values[index] = value;
            parameter.Changed();
            return loss();
        }
    }
}
