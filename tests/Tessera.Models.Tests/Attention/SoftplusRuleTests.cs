using Tessera.Models.Attention;

namespace Tessera.Models.Tests.Attention;

public sealed class SoftplusRuleTests
{
    // The formulas, in double precision, one after the other.
    private static double[] Twin(double[] scores, double power)
    {
        var a = scores.Select(s => Math.Log(1 + Math.Exp(s))).ToArray();
        var offset = scores.Length >= 4 ? 1 : 0;
        var raised = a.Select(x => Math.Pow(Math.Max(0, scores.Length * x / a.Sum() - offset), power)).ToArray();
        return [.. raised.Select(b => b / (raised.Sum() + 1e-8))];
    }

    [Theory]
    [InlineData(3, 8)]
    [InlineData(15, 8)]
    [InlineData(15, 3)]
    [InlineData(2.5, 40)]
    public void WeightsAreTheTwins(double power, int keys)
    {
        var weights = Weights(new SoftplusRule(64, power), Cosines(keys));
        var expected = Twin([.. Cosines(keys).Select(c => c * Math.Log(64) * Math.Log(keys))], power);
        for (var i = 0; i < keys; i++) weights[i].ShouldBe((float)expected[i], 1e-5f);
        weights.Sum().ShouldBe(1, 1e-5f);
    }

    [Theory]
    [InlineData(3, 8)]
    [InlineData(15, 12)]
    [InlineData(15, 3)]
    public void GradientsAreThoseOfFiniteDifferences(double power, int keys)
    {
        var scores = Cosines(keys).Select(c => c * 6.0).ToArray();
        var upstream = Enumerable.Range(0, keys).Select(i => Math.Cos(3.0 * i)).ToArray();
        var rule = new SoftplusRule(64, power);
        var row = new AttentionRow(0, keys - 1, keys, []);
        float[] gradients = [.. upstream.Select(g => (float)g)];
        rule.NormaliseBackward(row, [.. scores.Select(s => (float)s)], [.. Twin(scores, power).Select(w => (float)w)], gradients);
        for (var i = 0; i < keys; i++)
        {
            double Loss(double by) => Twin([.. scores.Select((s, j) => j == i ? s + by : s)], power).Zip(upstream, (w, g) => w * g).Sum();
            var numeric = (Loss(1e-5) - Loss(-1e-5)) / 2e-5;
            gradients[i].ShouldBe((float)numeric, 1e-4f * (1 + (float)Math.Abs(numeric)));
        }
    }

    [Fact]
    public void WithoutReweightingTheWeightsAreTheNormalisedSoftplus()
    {
        var weights = Weights(new SoftplusRule(64, reweight: false), [1f, 0.5f, 0f, -1f]);
        float[] expected = [0.6135f, 0.3124f, 0.0737f, 0.0003f];
        for (var i = 0; i < 4; i++) weights[i].ShouldBe(expected[i], 1e-4f);
    }

    [Fact]
    public void ALongRowOverflowsNothing()
    {
        var cosines = new float[20_000];
        cosines[7] = 1;
        var weights = Weights(new SoftplusRule(64), cosines);
        weights[7].ShouldBe(1, 1e-5f);
        weights.ShouldAllBe(w => float.IsFinite(w));
    }

    [Fact]
    public void ARowOfEqualKeysGivesZeros()
    {
        Weights(new SoftplusRule(64), [0.3f, 0.3f, 0.3f, 0.3f, 0.3f]).ShouldAllBe(w => w == 0);
        float[] gradients = [1, 2, 3, 4, 5];
        new SoftplusRule(64).NormaliseBackward(new AttentionRow(0, 4, 5, []), [2f, 2f, 2f, 2f, 2f], new float[5], gradients);
        gradients.ShouldAllBe(g => g == 0);
        Weights(new SoftplusRule(64), [-0.4f]).ShouldBe([1f]);
    }

    [Fact]
    public void BadSettingsAreRefused()
    {
        Should.Throw<ArgumentException>(() => new SoftplusRule(1));
        Should.Throw<ArgumentException>(() => new SoftplusRule(64, 0.9));
        Should.Throw<ArgumentException>(() => new SoftplusRule(64, double.NaN));
        Should.Throw<ArgumentException>(() => new SoftplusRule(64, epsilon: 0));
    }

    private static float[] Cosines(int keys) => [.. Enumerable.Range(0, keys).Select(i => MathF.Sin(i * 1.7f))];

    private static float[] Weights(SoftplusRule rule, float[] cosines)
    {
        float[] weights = [.. cosines];
        var row = new AttentionRow(0, weights.Length - 1, weights.Length, []);
        rule.Shape(row, weights);
        var sum = rule.Normalise(row, weights).Sum;
        for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }
}
