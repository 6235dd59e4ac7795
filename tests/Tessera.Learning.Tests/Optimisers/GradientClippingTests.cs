using Tessera.Learning.Optimisers;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Learning.Tests.Optimisers;

public sealed class GradientClippingTests
{
    [Theory]
    [InlineData(10, 3, 4)] // the norm is 5: nothing happens
    [InlineData(2.5, 1.5, 2)]
    [InlineData(0, 0, 0)]
    public void GradientsAreScaledTogetherToTheLargestNorm(double most, float first, float second)
    {
        Parameter[] parameters = [With(3), With(4)];
        GradientClipping.ByNorm(parameters, most).ShouldBe(5, 1e-6);
        parameters[0].Gradient[0].ShouldBe(first, 1e-5);
        parameters[1].Gradient[0].ShouldBe(second, 1e-5);
    }

    [Fact]
    public void ANormThatIsNotFiniteIsReturnedAsSuch() => double.IsFinite(GradientClipping.ByNorm([With(float.NaN)], 1)).ShouldBeFalse();

    private static Parameter With(float gradient)
    {
        var parameter = new Parameter("p", Tensor.FromValues([0f], 1));
        parameter.Train();
        parameter.Gradient[0] = gradient;
        return parameter;
    }
}
