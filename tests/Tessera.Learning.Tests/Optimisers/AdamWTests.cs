using Tessera.Learning.Optimisers;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Learning.Tests.Optimisers;

public sealed class AdamWTests
{
    [Fact]
    public void TheFirstStepMovesByTheLearningRateAgainstTheGradientsSign()
    {
        var parameter = Trained([1, -2, 3], 3);
        using var optimiser = new AdamW([parameter], new AdamWOptions { WeightDecay = 0 });
        ((ReadOnlySpan<float>)[0.5f, -0.1f, 40]).CopyTo(parameter.Gradient);
        optimiser.Update(0.01);

        // m̂/√v̂ is the sign of the gradient: the step is the learning rate whatever the gradient's size.
        parameter.Tensor.Values.ToArray().ShouldBe([0.99f, -1.99f, 2.99f], 1e-6);
        optimiser.Step.ShouldBe(1);
        parameter.Version.ShouldBe(1);
    }

    [Fact]
    public void MatricesAreDecayedAndVectorsAreNot()
    {
        var (matrix, vector) = (Trained([1, 1], 1, 2), Trained([1, 1], 2));
        using var optimiser = new AdamW([matrix, vector], new AdamWOptions { WeightDecay = 0.5f });
        optimiser.Update(0.1);

        matrix.Tensor.Values.ToArray().ShouldBe([0.95f, 0.95f], 1e-6);
        vector.Tensor.Values.ToArray().ShouldBe([1f, 1f]);
    }

    [Fact]
    public void ManyBlocksGiveWhatSingleValuesGive()
    {
        // 2,500 values: two whole blocks of the update and a rest.
        var values = Enumerable.Range(0, 2500).Select(static i => MathF.Sin(i)).ToArray();
        var gradients = Enumerable.Range(0, 2500).Select(static i => MathF.Cos(3 * i)).ToArray();
        var whole = Trained(values, 2500, 1);
        using var optimiser = new AdamW([whole]);
        for (var step = 0; step < 3; step++)
        {
            gradients.CopyTo(whole.Gradient);
            optimiser.Update(0.02);
        }

        foreach (var index in (int[])[0, 1023, 1024, 2047, 2048, 2499])
        {
            var single = Trained([values[index]], 1, 1);
            using var alone = new AdamW([single]);
            for (var step = 0; step < 3; step++)
            {
                single.Gradient[0] = gradients[index];
                alone.Update(0.02);
            }

            whole.Tensor.Values[index].ShouldBe(single.Tensor.Values[0], 1e-7, $"value {index}");
        }
    }

    [Fact]
    public void FrozenParametersAndConstantsOutOfRangeAreRefused()
    {
        Should.Throw<ArgumentException>(static () => new AdamW([new Parameter("p", Tensor.FromValues([1f], 1))])).Message.ShouldContain("p is not trained");
        Should.Throw<ArgumentException>(static () => new AdamW([], new AdamWOptions { Beta1 = 1 }));
        Should.Throw<ArgumentException>(static () => new AdamW([], new AdamWOptions { Epsilon = 0 }));
        Should.Throw<ArgumentException>(static () => new AdamW([], new AdamWOptions { WeightDecay = -1 }));
    }

    private static Parameter Trained(float[] values, params long[] shape)
    {
        var parameter = new Parameter("p", Tensor.FromValues(values, shape));
        parameter.Train();
        return parameter;
    }
}
