using Tessera.Insight.Detection;
using Tessera.Models;

namespace Tessera.Insight.Tests.Detection;

public sealed class DetectorTests
{
    [Fact]
    public void TheWorkedExampleOfDivergenceCalibrationComesOut()
    {
        // Counts a: 90, b: 9, nothing else of ten tokens; the text a, b, a, c.
        var table = new TokenFrequencyTable([90, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
        table.Probability(0).ShouldBe(91 / 109.0, 1e-15);
        table.Probability(2).ShouldBe(1 / 109.0, 1e-15);
        var text = Evidence((0, 0.6), (1, 0.002), (0, 0.5), (2, 0.004)) with { Frequencies = table };
        new DivergenceCalibration().Score(text)!.Value.ShouldBe(0.0082592, 5e-8);
        new DivergenceCalibration(double.PositiveInfinity).Score(text)!.Value.ShouldBe((0.10829 + 0.0047775 + 0.018765) / 3, 1e-5);

        var longer = Evidence((0, 0.6), (1, 0.002), (0, 0.5), (2, 0.004), (2, 0.9), (0, 0.1)) with { Frequencies = table };
        new DivergenceCalibration().Score(longer).ShouldBe(new DivergenceCalibration().Score(text)); // repeated tokens do not count
        new DivergenceCalibration().Score(text with { Frequencies = null }).ShouldBeNull();
        Should.Throw<ArgumentOutOfRangeException>(() => new DivergenceCalibration().Score(Evidence((10, 0.5)) with { Frequencies = table })).Message.ShouldContain("another tokenizer");
        Should.Throw<ArgumentOutOfRangeException>(() => new DivergenceCalibration(0));
    }

    [Fact]
    public void MinKOfEverythingIsTheLossAndShortTextsKeepOneToken()
    {
        var text = Evidence((0, 0.5), (1, 0.1), (2, 0.9));
        new MinKDetector(1).Score(text)!.Value.ShouldBe(new LossDetector().Score(text)!.Value, 1e-15);
        new MinKDetector(0.2).Score(text)!.Value.ShouldBe(Math.Log(0.1), 1e-15);
        new MinKDetector(0.7).Score(text)!.Value.ShouldBe((Math.Log(0.1) + Math.Log(0.5)) / 2, 1e-15);
        foreach (var share in new[] { 0, -0.1, 1.1, double.NaN })
        {
            Should.Throw<ArgumentOutOfRangeException>(() => new MinKDetector(share));
            Should.Throw<ArgumentOutOfRangeException>(() => new MinKPlusPlusDetector(share));
        }

        Should.Throw<ArgumentException>(() => Evidence());
    }

    [Fact]
    public void AnEvenDistributionHasNoZScore()
    {
        var even = TokenStatistics.Compute([1, 1, 1, 1], 2);
        new MinKPlusPlusDetector().Score(new DetectionEvidence { Statistics = [even] })!.Value.ShouldBe(0, 1e-6);
    }

    [Fact]
    public void TheWorkedExampleOfMachineTextScoresComesOut()
    {
        // Two positions, p = (.7, .2, .1) with the first and p = (.5, .3, .2) with the second token.
        var statistics = new[] { Row([0.7, 0.2, 0.1], 0), Row([0.5, 0.3, 0.2], 1) };
        var text = new DetectionEvidence { Statistics = statistics };
        statistics[0].MeanLogProbability.ShouldBe(-0.801819, 1e-6);
        statistics[1].Varentropy.ShouldBe(0.132964, 1e-6);
        new LikelihoodDetector().Score(text)!.Value.ShouldBe(-0.780324, 1e-6);
        new GltrDetector(GltrStatistic.LogRank).Score(text)!.Value.ShouldBe(-0.346574, 1e-6);
        new LogRankRatio().Score(text)!.Value.ShouldBe(2.251539, 1e-6);
        new FastDetectGpt().Score(text)!.Value.ShouldBe(0.341925, 1e-6);
        new FastDetectGpt(twoModels: true).Score(text).ShouldBeNull();

        float[] observer = Logs([0.6, 0.3, 0.1, 0.4, 0.4, 0.2, 1, 1, 1]), performer = Logs([0.7, 0.2, 0.1, 0.5, 0.3, 0.2, 1, 1, 1]);
        var two = TwoModelStatistics.Of(observer, performer, [2, 0, 1]);
        two.Cross[0].CrossEntropy.ShouldBe(0.927095, 1e-6);
        two.Cross[1].CrossEntropy.ShouldBe(1.080736, 1e-6);
        new Binoculars(aligned: true).Score(text with { TwoModels = two })!.Value.ShouldBe(-0.777281, 1e-6);
        new FastDetectGpt(twoModels: true).Score(text with { TwoModels = TwoModelStatistics.Of(performer, performer, [2, 0, 1]) })!.Value
            .ShouldBe(new FastDetectGpt().Score(text)!.Value, 1e-6); // the same model twice is one model
    }

    [Fact]
    public void AConstantOnAllLogitsChangesNothing()
    {
        float[] a = [1, 2, 3, 0.5f], b = [0, 1, -1, 2];
        var plain = CrossStatistics.Compute(a, b);
        var moved = CrossStatistics.Compute(Array.ConvertAll(a, v => v + 8), Array.ConvertAll(b, v => v - 16));
        moved.CrossEntropy.ShouldBe(plain.CrossEntropy, 1e-12);
        moved.Variance.ShouldBe(plain.Variance, 1e-12);
    }

    [Fact]
    public void OneCertainTokenHasNoEntropyAndImpossibleOnesAreSkipped()
    {
        float[] sure = [float.NegativeInfinity, 3, float.NegativeInfinity];
        CrossStatistics.Compute(sure, sure).ShouldBe(new CrossStatistics(0, 0));
        CrossStatistics.Compute([1, 1, 1], sure).CrossEntropy.ShouldBe(double.PositiveInfinity);
        Should.Throw<LogitsException>(() => CrossStatistics.Compute(sure, [1, float.NaN, 0], 4)).Position.ShouldBe(4);
        Should.Throw<LogitsException>(() => CrossStatistics.Compute([float.NegativeInfinity], [1], 4));
    }

    [Fact]
    public void ATextOfBestTokensIsMaximal()
    {
        var text = new DetectionEvidence { Statistics = [Row([0.7, 0.3], 0)], Variants = [[Row([0.7, 0.3], 1)]] };
        new LogRankRatio().Score(text).ShouldBe(double.PositiveInfinity);
        new NormalisedPerturbedRank().Score(text).ShouldBe(double.PositiveInfinity);
        new DetectGpt().Score(text)!.Value.ShouldBe(Math.Log(0.7) - Math.Log(0.3), 1e-6); // one variant: divided by 1
    }

    [Fact]
    public void WhatIsMissingGivesNoScore()
    {
        var text = Evidence((0, 0.5));
        ITextDetector[] needy = [new ZlibDetector(), new LowercaseDetector(), new ReferenceDetector(), new NeighbourDetector(), new DetectGpt(), new NormalisedPerturbedRank(), new DnaGpt(), new Binoculars(), new DivergenceCalibration()];
        foreach (var detector in needy) detector.Score(text).ShouldBeNull(detector.GetType().Name);
        Should.Throw<ArgumentException>(() => TwoModelStatistics.Of(new float[6], new float[6], [1]));
        Should.Throw<ArgumentException>(() => TwoModelStatistics.Of(new float[7], new float[6], [1, 2]));
    }

    [Fact]
    public void ZlibCountsItsBytes()
    {
        ZlibDetector.CompressedBytes(new byte[1000]).ShouldBeLessThan(40);
        var text = Evidence((0, Math.Exp(-2))) with { CompressedBytes = 40 };
        new ZlibDetector().Score(text)!.Value.ShouldBe(-0.05, 1e-12);
    }

    internal static DetectionEvidence Evidence(params (int Token, double Probability)[] tokens) => new()
    {
        Statistics = [.. tokens.Select(t => new TokenStatistics(t.Token, Math.Log(t.Probability), 1, 1, -1, 1, 0, 0))],
    };

    private static TokenStatistics Row(double[] probabilities, int target) => TokenStatistics.Compute(Logs(probabilities), target);

    private static float[] Logs(double[] probabilities) => Array.ConvertAll(probabilities, p => (float)Math.Log(p));
}
