using Tessera.Insight.Detection;

namespace Tessera.Insight.Tests.Detection;

public sealed class EvidenceCollectorTests
{
    private const string Text = "The Capital of France is Paris. It lies on the river Seine.";

    [Fact]
    public void OneModelTwiceIsOneModel()
    {
        var package = SharedModel.Get();
        var counter = new TokenFrequencyCounter(package.Text.Tokenizer);
        counter.Add("The river runs past the mill.");
        using var collector = new EvidenceCollector(package, new EvidenceOptions { Lowercase = true, SecondModel = package, Frequencies = counter.ToTable() });
        collector.SharesTokenizer.ShouldBeTrue();
        var evidence = collector.Collect(Text, [Text, "The capital of Spain is Paris."])!;
        new ReferenceDetector(difference: true).Score(evidence).ShouldBe(0);
        new FastDetectGpt(twoModels: true).Score(evidence)!.Value.ShouldBe(new FastDetectGpt().Score(evidence)!.Value, 1e-3); // float32 exponentials in one of the two sweeps
        evidence.Lowercase!.Count.ShouldBeGreaterThan(5);
        evidence.Variants.Count.ShouldBe(2);
        new LossDetector().Score(new DetectionEvidence { Statistics = evidence.Variants[0] }).ShouldBe(new LossDetector().Score(evidence));
        new DivergenceCalibration().Score(evidence)!.Value.ShouldBeInRange(0, 0.01);
    }

    [Fact]
    public void LongTextsAreCutAndShortOnesGiveNothing()
    {
        using var collector = new EvidenceCollector(SharedModel.Get(), new EvidenceOptions { MaxTokens = 5 });
        collector.Collect(Text)!.Statistics.Count.ShouldBe(4);
        collector.Collect("").ShouldBeNull();
        collector.Collect("The").ShouldBeNull(); // no begin-of-text token: its one token has nothing before it
        Should.Throw<ArgumentOutOfRangeException>(() => new EvidenceOptions { MaxTokens = 1 });
        Should.Throw<ArgumentException>(() => new EvidenceCollector(SharedModel.Get(), new EvidenceOptions { Frequencies = new TokenFrequencyTable([1, 2]) }));
    }
}
