using Tessera.Insight.Detection;
using Tessera.Models;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every detector in the catalogue.</summary>
public sealed class DetectorTests
{
    private const int Vocabulary = 50;

    public static TheoryData<string> Detectors =>
        [.. MethodCatalogue.OfStage(MethodStage.Insight).Where(m => m.Factory is not null && m.Create<object>(MethodSettings.None) is ITextDetector).Select(m => m.Name)];

    [Fact]
    public void ThereAreDetectors() => Detectors.Count.ShouldBeGreaterThan(5);

    [Theory]
    [MemberData(nameof(Detectors))]
    public void ATextHasOneScoreAndItIsANumber(string name)
    {
        var detector = Make(name);
        foreach (var length in (int[])[1, 2, 40])
        {
            var score = detector.Score(Evidence(length));
            if (score is { } value) double.IsNaN(value).ShouldBeFalse($"{length} tokens");
            detector.Score(Evidence(length)).ShouldBe(score);
            Make(name).Score(Evidence(length)).ShouldBe(score);
        }
    }

    [Theory]
    [MemberData(nameof(Detectors))]
    public void WithoutWhatItNeedsThereIsNoScoreAndNoError(string name)
    {
        var bare = new DetectionEvidence { Statistics = Statistics(12, 1) };
        var score = Make(name).Score(bare);
        (score is null || !double.IsNaN(score.Value)).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Detectors))]
    public void OneDetectorServesManyThreads(string name)
    {
        var detector = Make(name);
        var expected = Enumerable.Range(1, 32).Select(n => detector.Score(Evidence(n))).ToArray();
        var found = new double?[expected.Length];
        Parallel.For(0, found.Length, i => found[i] = detector.Score(Evidence(i + 1)));
        found.ShouldBe(expected);
    }

    private static ITextDetector Make(string name) => MethodCatalogue.Create<ITextDetector>(MethodStage.Insight, name);

    private static DetectionEvidence Evidence(int tokens) => new()
    {
        Statistics = Statistics(tokens, 1), Lowercase = Statistics(tokens, 2), Reference = Statistics(tokens, 3), CompressedBytes = 3 * tokens + 8,
        Variants = [Statistics(tokens, 4), Statistics(tokens + 1, 5), Statistics(tokens, 6)],
    };

    private static TokenStatistics[] Statistics(int tokens, uint seed)
    {
        var row = new float[Vocabulary];
        var statistics = new TokenStatistics[tokens];
        for (var t = 0; t < tokens; t++)
        {
            for (var i = 0; i < row.Length; i++) row[i] = (float)(6 * new RandomKey(seed, (uint)t, (uint)i, RandomPurpose.Sample).Uniform());
            statistics[t] = TokenStatistics.Compute(row, (t * 7 + (int)seed) % Vocabulary);
        }

        return statistics;
    }
}
