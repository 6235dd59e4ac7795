namespace Tessera.Generation.Tests.Logits;

/// <summary>The worked numbers of llama.cpp's own sampling tests, and what holds for any row.</summary>
public class StageTests
{
    private static readonly float[] Four = Rows.OfProbabilities(.1, .2, .3, .4);
    private static readonly PenaltyWindow Everything = new(PenaltyScope.PromptAndGenerated);

    [Fact]
    public void TopKKeepsTheLargest()
    {
        Rows.After(Four, [], new TopKSampler(3)).ShouldBeNear([0, 2 / 9.0, 3 / 9.0, 4 / 9.0]);
        Rows.After(Four, [], new TopKSampler(1)).ShouldBeNear([0, 0, 0, 1]);
        Rows.After(Four, [], new TopKSampler(100)).ShouldBeNear([.1, .2, .3, .4]);
    }

    [Fact]
    public void TopPKeepsTheTokenThatCrossesP()
    {
        Rows.After(Four, [], new TopPSampler(.699)).ShouldBeNear([0, 0, .428571, .571429]);
        Rows.After(Four, [], new TopPSampler(.799)).ShouldBeNear([0, 2 / 9.0, 3 / 9.0, 4 / 9.0]);
        Rows.After(Four, [], new TopPSampler(0)).ShouldBeNear([0, 0, 0, 1]);
        Rows.After(Four, [], new TopPSampler(1)).ShouldBeNear([.1, .2, .3, .4]);
        Rows.After(Rows.OfProbabilities(.25, .25, .25, .25), [], new TopPSampler(.5)).ShouldBeNear([.5, .5, 0, 0]); // lower ids, no third token by rounding
        Rows.After(Four, [], new TopPSampler(0, minKeep: 2)).ShouldBeNear([0, 0, 3 / 7.0, 4 / 7.0]);
    }

    [Theory]
    [InlineData(0, new[] { .1, .2, .3, .4 })]
    [InlineData(.24, new[] { .1, .2, .3, .4 })]
    [InlineData(.26, new[] { 0, 2 / 9.0, 3 / 9.0, 4 / 9.0 })]
    [InlineData(.49, new[] { 0, 2 / 9.0, 3 / 9.0, 4 / 9.0 })]
    [InlineData(.51, new[] { 0, 0, 3 / 7.0, 4 / 7.0 })]
    [InlineData(.76, new[] { 0, 0, 0, 1.0 })]
    [InlineData(1.05, new[] { 0, 0, 0, 1.0 })]
    public void MinPComparesWithTheBest(double m, double[] expected) =>
        Rows.After(Four, [], new MinPSampler(m)).ShouldBeNear(expected);

    [Fact]
    public void MinPLeavesAtLeastMinKeep() => Rows.After(Four, [], new MinPSampler(.9, 3)).ShouldBeNear([0, 2 / 9.0, 3 / 9.0, 4 / 9.0]);

    [Fact]
    public void TemperatureDividesAndZeroIsGreedy()
    {
        Rows.After(Four, [], new TemperatureSampler(0.5)).ShouldBeNear([1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0]);
        Rows.After(Four, [], new TemperatureSampler(0)).ShouldBeNear([0, 0, 0, 1]);
        Rows.After([2, 5, 5, 1], [], new TemperatureSampler(0)).ShouldBeNear([0, 1, 0, 0]); // the lowest id on ties
    }

    [Fact]
    public void ATinyTemperatureStaysADistribution()
    {
        Rows.After(Four, [], new TemperatureSampler(1e-40)).ShouldBeNear([0, 0, 0, 1]);
        Rows.After([5, 5, 1], [], new TemperatureSampler(1e-300)).ShouldBeNear([.5, .5, 0]);
        Rows.After([-5, -5, -9], [], new TemperatureSampler(1e-300)).ShouldBeNear([.5, .5, 0]);
    }

    [Fact]
    public void PenaltiesGiveTheWorkedNumbers()
    {
        float[] five = Rows.OfProbabilities(.2, .2, .2, .2, .2);
        Rows.After(five, [0], new FrequencyPenalty(5, 5, Everything)).ShouldBeNear([.000011, .249997, .249997, .249997, .249997]);
        Rows.After(five, [0, 1, 2, 0, 0], new FrequencyPenalty(5, 5, Everything))
            .ShouldBeNear([.000000, .000023, .000023, .499966, .499966], 2e-5); // llama.cpp's test
        Rows.After(five, [0], new RepetitionPenalty(50, Everything)).ShouldBeNear([0, .25, .25, .25, .25]);
        Rows.After([2, -2, 0, 1], [0, 0, 1, 2], new RepetitionPenalty(2, Everything))
            .ShouldBeNear(Rows.Probabilities(Rows.Loaded(1, -4, 0, 1))); // once per distinct token; a negative logit is multiplied
    }

    [Fact]
    public void ScopesChooseTheTokensThatCount()
    {
        int[] history = [0, 1, 2, 3];
        float[] Penalised(PenaltyScope scope, int lastN = 64)
        {
            var chain = new SamplerChain([new FrequencyPenalty(1, 0, new PenaltyWindow(scope, lastN))]);
            return chain.Apply([0, 0, 0, 0, 0], new StageContext(history, promptLength: 2)).Logits.ToArray();
        }

        Penalised(PenaltyScope.Generated).ShouldBe([0f, 0, -1, -1, 0]);
        Penalised(PenaltyScope.PromptAndGenerated).ShouldBe([-1f, -1, -1, -1, 0]);
        Penalised(PenaltyScope.LastN, 3).ShouldBe([0f, -1, -1, -1, 0]);
        Penalised(PenaltyScope.LastN, 0).ShouldBe([0f, 0, 0, 0, 0]);
    }

    [Fact]
    public void AHistoryMayHoldTokensThatTheRowDoesNot()
    {
        Rows.After([1, 1], [99, -1, 0], new FrequencyPenalty(1, 0, Everything), new RepetitionPenalty(2, Everything)).Sum().ShouldBe(1, 1e-6);
    }

    [Fact]
    public void BiasAddsAndBans()
    {
        Rows.After(Four, [], new LogitBias(new Dictionary<int, float> { [3] = float.NegativeInfinity, [0] = (float)Math.Log(5) }))
            .ShouldBeNear([.5, .2, .3, 0]);
        Should.Throw<Models.LogitsException>(() => Rows.After([1f, 2], [], new LogitBias(
            new Dictionary<int, float> { [0] = float.NegativeInfinity, [1] = float.NegativeInfinity }))).Message.ShouldContain("logit bias");
        Should.Throw<ArgumentException>(() => Rows.After([1f, 2], [], new LogitBias(new Dictionary<int, float> { [2] = 1 })))
            .Message.ShouldContain("token 2");
        Should.Throw<ArgumentException>(() => new LogitBias(new Dictionary<int, float> { [0] = float.NaN }));
        Should.Throw<ArgumentException>(() => new LogitBias(new Dictionary<int, float> { [-1] = 1 }));
    }

    public static TheoryData<LogitsStage, bool> Registry() => new()
    {
        { new TopKSampler(5), true },
        { new TopKSampler(5, TieRule.All), true },
        { new TopPSampler(.8), true },
        { new TopPSampler(.8, 3), true },
        { new MinPSampler(.1), true },
        { new MinPSampler(.9, 4), true },
        { new TemperatureSampler(.7), true },
        { new TemperatureSampler(0), true },
        { new LogitBias(new Dictionary<int, float> { [2] = 1.5f, [4] = float.NegativeInfinity }), true },
        { new FrequencyPenalty(.5, .25, Everything), true },
        { new RepetitionPenalty(1.3, Everything), false },
    };

    [Theory]
    [MemberData(nameof(Registry))]
    public void EveryStageLeavesADistributionAndItsCandidatesInOrder(LogitsStage stage, bool shiftInvariant)
    {
        foreach (var length in new[] { 9, 100, 3000 })
        foreach (var ties in new[] { false, true })
        foreach (var spread in new[] { 0, .1, 3, 30 })
        {
            var row = Rows.Normal(length, 11, spread, ties);
            row[1] = float.NegativeInfinity;
            var chain = new SamplerChain([stage]);
            var candidates = chain.Apply(row, new StageContext([1, 2, 2, 5], 1));

            candidates.Count.ShouldBeGreaterThan(0);
            candidates.Ids.ToArray().ShouldBe(candidates.Ids.ToArray().Distinct().Order());
            candidates.Logits.ToArray().ShouldAllBe(x => float.IsFinite(x));
            candidates.IndexOf(1).ShouldBeLessThan(0);
            var p = Rows.Probabilities(candidates);
            if (shiftInvariant && ties) // whole numbers shift without rounding
                Rows.After(row.Select(x => x + 16).ToArray(), [1, 2, 2, 5], stage).ShouldBeNear(p);
            Rows.Probabilities(chain.Fork().Apply(row, new StageContext([1, 2, 2, 5], 1))).ShouldBe(p); // the same bits again
        }
    }

    [Fact]
    public void WrongParametersNameTheField()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new TopKSampler(0)).ParamName.ShouldBe("TopK");
        Should.Throw<ArgumentOutOfRangeException>(() => new TopPSampler(1.01)).ParamName.ShouldBe("TopP");
        Should.Throw<ArgumentOutOfRangeException>(() => new TopPSampler(double.NaN)).ParamName.ShouldBe("TopP");
        Should.Throw<ArgumentOutOfRangeException>(() => new MinPSampler(-.1)).ParamName.ShouldBe("MinP");
        Should.Throw<ArgumentOutOfRangeException>(() => new TemperatureSampler(-1)).ParamName.ShouldBe("Temperature");
        Should.Throw<ArgumentOutOfRangeException>(() => new RepetitionPenalty(0, Everything)).ParamName.ShouldBe("RepetitionPenalty");
        Should.Throw<ArgumentOutOfRangeException>(() => new FrequencyPenalty(double.NaN, 0, Everything)).ParamName.ShouldBe("FrequencyPenalty");
        Should.Throw<ArgumentOutOfRangeException>(() => new FrequencyPenalty(0, double.NaN, Everything)).ParamName.ShouldBe("PresencePenalty");
    }
}
