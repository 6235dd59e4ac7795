namespace Tessera.Generation.Tests.Logits;

public class TypicalSamplerTests
{
    private static int[] Kept(double[] p, double mass, int minKeep = 1, TypicalRule rule = TypicalRule.HuggingFace)
    {
        var candidates = new Candidates(p.Length);
        candidates.Load([.. p.Select(x => (float)Math.Log(x))]);
        new TypicalSampler(mass, minKeep, rule).Apply(candidates, new StageContext([], 0));
        return candidates.Ids.ToArray();
    }

    [Fact]
    public void WorkedCases()
    {
        Kept([.97, .01, .01, .01], .5).ShouldBe([0]);
        Kept([.4, .2, .2, .2], .5).ShouldBe([1, 2, 3]); // the most probable token is gone
        Kept([.5, .25, .15, .07, .03], .899).ShouldBe([0, 1, 2]);
        Kept([.5, .25, .15, .07, .03], .2).ShouldBe([1]);
    }

    [Fact]
    public void OfEquallyTypicalTokensOneFormKeepsAllAndTheOtherTheFirst()
    {
        double[] uniform = [.1, .1, .1, .1, .1, .1, .1, .1, .1, .1];
        Kept(uniform, .35).Length.ShouldBe(10);
        Kept(uniform, .35, rule: TypicalRule.LlamaCpp).ShouldBe([0, 1, 2, 3]);
        Kept([.4, .2, .2, .2], .5, rule: TypicalRule.LlamaCpp).ShouldBe([1, 2, 3]); // 0.2 + 0.2 does not exceed 0.5
        Kept([.4, .2, .2, .2], .3, rule: TypicalRule.LlamaCpp).ShouldBe([1, 2]);
    }

    [Fact]
    public void AMassThatIsReachedExactlyIsReached()
    {
        double[] distribution = [.5, .25, .15, .07, .03];
        var probabilities = new double[5];
        TypicalSampler.Information([.. distribution.Select(p => (float)Math.Log(p))], probabilities);
        Kept(distribution, (float)probabilities[1]).ShouldBe([1]);
        Kept(distribution, (float)probabilities[1] + 1e-7f).ShouldBe([0, 1]);
    }

    [Fact]
    public void TheLeastNumberStays()
    {
        Kept([.97, .01, .01, .01], .5, minKeep: 3).ShouldBe([0, 1, 2]);
        Kept([.97, .01, .01, .01], .5, minKeep: 99).ShouldBe([0, 1, 2, 3]);
        Kept([.97, .01, .01, .01], .5, minKeep: 2, rule: TypicalRule.LlamaCpp).ShouldBe([0, 1]);
    }

    [Fact]
    public void OnRandomRowsItIsTheShortestPrefixOfThePlainOrder()
    {
        for (var seed = 0u; seed < 40; seed++)
        {
            var logits = Enumerable.Range(0, 700).Select(i => (float)(new RandomKey(seed, 0, 0, RandomPurpose.Sample).Normal((uint)i) * (1 + seed % 5))).ToArray();
            logits[5] = float.NegativeInfinity;
            var candidates = new Candidates(700);
            candidates.Load(logits);
            var mass = .05 + .9 * (seed % 10) / 10;
            new TypicalSampler(mass).Apply(candidates, new StageContext([], 0));

            var p = logits.Select(x => Math.Exp(x)).ToArray();
            var z = p.Sum();
            var entropy = -p.Where(x => x > 0).Sum(x => x / z * Math.Log(x / z));
            var order = Enumerable.Range(0, 700).Where(i => p[i] > 0).OrderBy(i => Math.Abs(-Math.Log(p[i] / z) - entropy)).ToArray();
            var (sum, count) = (0.0, 0);
            while (sum < mass) sum += p[order[count++]] / z;
            candidates.Ids.ToArray().ShouldBe([.. order.Take(count).Order()]);
        }
    }

    [Fact]
    public void NothingHappensAtOneAndTheShiftOfAllLogitsChangesNothing()
    {
        var row = Enumerable.Range(0, 50).Select(i => (float)Math.Sin(i * 1.3) * 4).ToArray();
        Kept([.. row.Select(x => Math.Exp(x))], 1).Length.ShouldBe(50);
        Kept([.. row.Select(x => Math.Exp(x + 7))], .6).ShouldBe(Kept([.. row.Select(x => Math.Exp(x))], .6));
    }

    [Fact]
    public void WrongSettingsNameThemselves()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new TypicalSampler(0)).ParamName.ShouldBe("TypicalP");
        Should.Throw<ArgumentOutOfRangeException>(() => new TypicalSampler(1.01));
        Should.Throw<ArgumentOutOfRangeException>(() => new TypicalSampler(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => new TypicalSampler(.5, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { TypicalP = 0 }).ParamName.ShouldBe("TypicalP");
    }

    [Fact]
    public void ItStandsWhereTheToolsHaveIt()
    {
        string[] Names(SamplerPreset preset) => [.. SamplerChain.Create(new SamplingOptions { Preset = preset, TypicalP = .9, TopK = 5, TopP = .9, MinP = .1, Temperature = .7 }).Stages.Select(s => s.Name)];
        Names(SamplerPreset.HuggingFace).ShouldBe(["temperature", "top-k", "top-p", "min-p", "typical"]);
        Names(SamplerPreset.LlamaCpp).ShouldBe(["top-k", "typical", "top-p", "min-p", "temperature"]);
    }
}
