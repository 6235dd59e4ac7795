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

    [Theory]
    [InlineData(1, new[] { 0, 0, 3 / 7.0, 4 / 7.0 })]
    [InlineData(3, new[] { .1, .2, .3, .4 })]
    public void TopNSigmaMeasuresFromTheBest(double n, double[] expected) => Rows.After(Four, [], new TopNSigmaSampler(n)).ShouldBeNear(expected);

    [Theory]
    [InlineData(.09, new[] { 1.0, 0, 0, 0 })]
    [InlineData(.19, new[] { 1 / 3.0, 2 / 3.0, 0, 0 })]
    [InlineData(.29, new[] { 1 / 6.0, 2 / 6.0, 3 / 6.0, 0 })]
    [InlineData(.39, new[] { .1, .2, .3, .4 })]
    [InlineData(.6, new[] { .1, .2, .3, .4 })]
    public void XtcLeavesTheLeastOfTheTopChoices(double threshold, double[] expected) =>
        Rows.After(Four, [], new XtcSampler(1, threshold)).ShouldBeNear(expected);

    [Fact]
    public void XtcIsDrawnPerPositionSparesTheExemptAndKeepsEnough()
    {
        Rows.After(Four, [], new XtcSampler(1, .19, exempt: [3])).ShouldBeNear([1 / 7.0, 2 / 7.0, 0, 4 / 7.0]);
        Rows.After(Four, [], new XtcSampler(1, .09, minKeep: 2)).ShouldBeNear([.1, .2, .3, .4]);
        Rows.After(Four, [], new XtcSampler(0, .09)).ShouldBeNear([.1, .2, .3, .4]);

        var stage = new XtcSampler(.3, .09);
        var fired = Enumerable.Range(0, 2000).Count(i => Rows.After(Four, new int[i], stage)[3] == 0);
        fired.ShouldBeInRange(530, 670); // 600 ± 3.4 standard deviations
    }

    [Fact]
    public void CutoffsDropTheImprobable()
    {
        Rows.After(Four, [], new EpsilonSampler(.25)).ShouldBeNear([0, 0, 3 / 7.0, 4 / 7.0]);
        Rows.After(Four, [], new EpsilonSampler(.9)).ShouldBeNear([0, 0, 0, 1]);
        // H = 1.27985: min(.9, sqrt(.9) · e^-H) = .26380
        Rows.After(Four, [], new EtaSampler(.9)).ShouldBeNear([0, 0, 3 / 7.0, 4 / 7.0]);
    }

    [Fact]
    public void TopHKeepsAShareOfTheEntropy()
    {
        // −p ln p: .23026 .32189 .36119 .36652, H = 1.27985; the best two hold 57 %, the best three 82 %.
        Rows.After(Four, [], new TopHSampler(.6)).ShouldBeNear([0, 0, 3 / 7.0, 4 / 7.0]);
        Rows.After(Four, [], new TopHSampler(.9)).ShouldBeNear([0, 2 / 9.0, 3 / 9.0, 4 / 9.0]);
        Rows.After(Four, [], new TopHSampler(.01)).ShouldBeNear([0, 0, 0, 1]);
    }

    [Fact]
    public void DynamicTemperatureFollowsTheEntropy()
    {
        // H / ln 4 = .92322, so T = .5 + .92322.
        Rows.After(Four, [], new DynamicTemperatureSampler(1, .5)).ShouldBeNear(Rows.After(Four, [], new TemperatureSampler(1.42322)));
        Rows.After(Four, [], new DynamicTemperatureSampler(.8, 0)).ShouldBeNear(Rows.After(Four, [], new TemperatureSampler(.8)));
    }

    [Fact]
    public void DryGivesTheWorkedNumbers()
    {
        float[] four = Rows.OfProbabilities(.25, .25, .25, .25);
        float[] five = Rows.OfProbabilities(.2, .2, .2, .2, .2);
        Rows.After(four, [0, 1, 2, 0, 1], new DryPenalty(1, 1.1, 2)).ShouldBeNear([.296923, .296923, .109232, .296923]);
        Rows.After(four, [0, 1], new DryPenalty(1, 1.1, 2)).ShouldBeNear([.25, .25, .25, .25]);
        Rows.After(five, [0, 1, 3, 4, 0, 1], new DryPenalty(1, 1.1, 2, breakers: [[3]])).ShouldBeNear([.2, .2, .2, .2, .2]);
    }

    [Fact]
    public void DryCountsLikeABruteForceSearch()
    {
        for (uint seed = 0; seed < 200; seed++)
        {
            var history = Enumerable.Range(0, 3 + (int)(seed % 30)).Select(i => new RandomKey(seed, 0, (uint)i, RandomPurpose.Initialise).Below(3)).ToArray();
            var longest = new int[3];
            for (var end = 1; end < history.Length; end++)
            {
                var n = 0;
                while (n < end && history[end - 1 - n] == history[^(n + 1)])
                    n++;
                longest[history[end]] = Math.Max(longest[history[end]], n);
            }

            var candidates = new SamplerChain([new DryPenalty(1, 2, 1, -1)]).Apply([0, 0, 0], new StageContext(history, 0));
            candidates.Logits.ToArray().ShouldBe(longest.Select(n => n == 0 ? 0f : -(float)Math.Pow(2, n - 1)), $"seed {seed}");
        }
    }

    [Fact]
    public void NoRepeatNGramBansWhatWouldCompleteOne()
    {
        Rows.After(Four, [0, 1, 2, 0, 1], new NoRepeatNGram(3))[2].ShouldBe(0);
        Rows.After(Four, [0, 1, 2, 0, 1], new NoRepeatNGram(2)).ShouldBeNear([1 / 7.0, 2 / 7.0, 0, 4 / 7.0]);
        Rows.After(Four, [0, 1], new NoRepeatNGram(1)).ShouldBeNear([0, 0, 3 / 7.0, 4 / 7.0]);
        Rows.After(Four, [0], new NoRepeatNGram(3)).ShouldBeNear([.1, .2, .3, .4]);
    }

    [Fact]
    public void MinNewTokensHoldsTheEndOff()
    {
        var chain = new SamplerChain([new MinNewTokens(2, [3])]);
        chain.Apply(Four, new StageContext([1, 1, 1], promptLength: 2)).IndexOf(3).ShouldBeLessThan(0);
        chain.Apply(Four, new StageContext([1, 1, 1, 1], promptLength: 2)).IndexOf(3).ShouldBe(3);
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
        { new NoRepeatNGram(2), true },
        { new DryPenalty(.8, allowedLength: 1), true },
        { new MinNewTokens(9, [0, 1, 2]), true },
        { new TopNSigmaSampler(1), true },
        { new TopHSampler(.5), true },
        { new EpsilonSampler(.2), true },
        { new EtaSampler(.2, 3), true },
        { new XtcSampler(1, .05), true },
        { new XtcSampler(.5, .05, 2), true },
        { new DynamicTemperatureSampler(1, .5), true },
        { new DynamicTemperatureSampler(.5, .5, 2), true },
        { new MirostatSampler(MirostatVersion.V1, 3), true },
        { new MirostatSampler(MirostatVersion.V2, 3), true },
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
        Should.Throw<ArgumentOutOfRangeException>(() => new TopNSigmaSampler(0)).ParamName.ShouldBe("TopNSigma");
        Should.Throw<ArgumentOutOfRangeException>(() => new TopHSampler(2)).ParamName.ShouldBe("TopH");
        Should.Throw<ArgumentOutOfRangeException>(() => new XtcSampler(2)).ParamName.ShouldBe("XtcProbability");
        Should.Throw<ArgumentOutOfRangeException>(() => new XtcSampler(1, -1)).ParamName.ShouldBe("XtcThreshold");
        Should.Throw<ArgumentOutOfRangeException>(() => new EpsilonSampler(0)).ParamName.ShouldBe("EpsilonCutoff");
        Should.Throw<ArgumentOutOfRangeException>(() => new EtaSampler(double.NaN)).ParamName.ShouldBe("EtaCutoff");
        Should.Throw<ArgumentOutOfRangeException>(() => new NoRepeatNGram(0)).ParamName.ShouldBe("NoRepeatNGram");
        Should.Throw<ArgumentOutOfRangeException>(() => new DryPenalty(-1)).ParamName.ShouldBe("DryMultiplier");
        Should.Throw<ArgumentOutOfRangeException>(() => new DryPenalty(1, .5)).ParamName.ShouldBe("DryBase");
        Should.Throw<ArgumentException>(() => new DryPenalty(1, breakers: [[]])).Message.ShouldContain("DryBreakers");
        Should.Throw<ArgumentOutOfRangeException>(() => new MirostatSampler(MirostatVersion.V2, 0)).ParamName.ShouldBe("MirostatTau");
        Should.Throw<ArgumentOutOfRangeException>(() => new MirostatSampler((MirostatVersion)3)).ParamName.ShouldBe("version");
    }
}
