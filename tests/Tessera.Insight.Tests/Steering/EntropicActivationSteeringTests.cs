using Tessera.Insight.Steering;
using Tessera.Models.Tests;

namespace Tessera.Insight.Tests.Steering;

public sealed class EntropicActivationSteeringTests
{
    private static readonly double[][] s_activations = [[1, 0], [0, 2], [1, 1]];

    [Fact]
    public void TheWorkedExampleComesOut()
    {
        var fit = new EntropicActivationSteering().Fit(s_activations, [0, 0.6931, 0.5]);
        fit.Weights[1].ShouldBe(0.5809, 5e-5);
        fit.WeightedMean[0].ShouldBe(0.4191, 5e-5);
        fit.Direction[0].ShouldBe(-0.2476, 5e-5);
        fit.Direction[1].ShouldBe(0.5809, 5e-5);
        fit.HasSignal.ShouldBeTrue();
        Math.Sqrt(fit.Scaled()!.Sum(v => v * v)).ShouldBe(0.1 * fit.MeanNorm, 1e-12);
    }

    [Fact]
    public void WhatAllPromptsHaveInCommonDoesNotMatter()
    {
        double[] entropies = [0.1, 0.4, 0.6];
        var plain = new EntropicActivationSteering().Fit(s_activations, entropies).Direction;
        var moved = new EntropicActivationSteering().Fit([.. s_activations.Select(a => new[] { a[0] + 100, a[1] - 7 })], entropies).Direction;
        moved[0].ShouldBe(plain[0], 1e-10);
        moved[1].ShouldBe(plain[1], 1e-10);
    }

    [Fact]
    public void EqualEntropiesAreNoSignalAndZerosAnError()
    {
        var method = new EntropicActivationSteering();
        var fit = method.Fit(s_activations, [0.3, 0.3, 0.3]);
        fit.HasSignal.ShouldBeFalse();
        fit.Scaled().ShouldBeNull();
        Should.Throw<ArgumentException>(() => method.Fit(s_activations, [0, 0, 0])).Message.ShouldContain("sure");
        Should.Throw<ArgumentException>(() => method.Fit(s_activations, [0.1, 0.2]));
        Should.Throw<ArgumentException>(() => method.Fit(s_activations, [0.1, 0.2, -0.1]));
        Should.Throw<ArgumentException>(() => method.Fit(s_activations, [0.1, 0.2, double.NaN]));
        Should.Throw<ArgumentException>(() => method.Fit(Array.Empty<double[]>(), []));
        Should.Throw<ArgumentException>(() => new EntropicActivationSteering(share: -1));
        using var model = ToyModels.Language(ToyModels.Llama());
        Should.Throw<ArgumentException>(() => method.CreateVector(model, 0, [new float[24], new float[24]], [0.3, 0.3])).Message.ShouldContain("no signal");
    }

    [Fact]
    public void CompletionsAreCounted()
    {
        var half = ActionDistribution.OfSamples([0, 1, 1, null, 1, null, null, null], 3);
        half.Probabilities.ShouldBe([0.25, 0.75, 0]);
        half.IsKept.ShouldBeTrue();
        half.Entropy.ShouldBe(-0.25 * Math.Log(0.25) - 0.75 * Math.Log(0.75), 1e-12);
        half.MillerMadowEntropy.ShouldBe(half.Entropy + 1.0 / 8, 1e-12);
        ActionDistribution.OfSamples([0, null, null], 2).IsKept.ShouldBeFalse();
        ActionDistribution.OfSamples([null, null], 2).IsKept.ShouldBeFalse();
        ActionDistribution.OfSamples([null, null], 2).Entropy.ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => ActionDistribution.OfSamples([2], 2));
        Should.Throw<ArgumentException>(() => ActionDistribution.OfSamples([], 2));
    }

    [Fact]
    public void TheNextTokensLogitsGiveTheExactDistribution()
    {
        float[] logits = [5, 1, 2, float.NegativeInfinity];
        var exact = ActionDistribution.OfTokens(logits, [1, 2]);
        exact.Probabilities[1].ShouldBe(1 / (1 + Math.Exp(-1)), 1e-12);
        exact.IsKept.ShouldBeTrue();
        exact.Parsed.ShouldBeNull();
        ActionDistribution.OfTokens(logits, [3, 0]).Entropy.ShouldBe(0);
        Should.Throw<ArgumentException>(() => ActionDistribution.OfTokens(logits, [3]));
        Should.Throw<ArgumentException>(() => ActionDistribution.OfTokens(logits, [1, 1]));
        Should.Throw<ArgumentException>(() => ActionDistribution.OfTokens(logits, [4]));
        Should.Throw<ArgumentException>(() => ActionDistribution.OfTokens(logits, []));
    }
}
