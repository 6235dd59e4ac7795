using Tessera.Models;

namespace Tessera.Generation.Tests.Logits;

public class SamplerChainTests
{
    private static readonly float[] Row = Rows.Normal(2000, 5, 2);

    [Fact]
    public void OptionsThatAreOffBuildNothing()
    {
        SamplerChain.Create(new SamplingOptions()).Stages.ShouldBeEmpty();
        SamplerChain.Create(SamplerPreset.OpenAI.Defaults).Stages.ShouldBeEmpty();
        SamplerChain.Create(SamplingOptions.Greedy).Stages.Select(s => s.Name).ShouldBe(["temperature"]);
    }

    [Fact]
    public void PresetsOrderTheirStages()
    {
        var all = new SamplingOptions
        {
            Temperature = .7, TopK = 20, TopP = .9, MinP = .05, RepetitionPenalty = 1.1, PresencePenalty = .5,
            LogitBias = new Dictionary<int, float> { [0] = 1 },
        };
        string[] Order(SamplerPreset preset) => SamplerChain.Create(all with { Preset = preset }).Stages.Select(s => s.Name).ToArray();

        Order(SamplerPreset.LlamaCpp).ShouldBe(["logit bias", "repetition penalty", "frequency penalty", "top-k", "top-p", "min-p", "temperature"]);
        Order(SamplerPreset.HuggingFace).ShouldBe(["logit bias", "repetition penalty", "frequency penalty", "temperature", "top-k", "top-p", "min-p"]);
        Order(SamplerPreset.OpenAI).ShouldBe(["repetition penalty", "frequency penalty", "logit bias", "temperature", "top-k", "top-p", "min-p"]);
    }

    [Fact]
    public void TheOrderMattersAsItDoesInTheTools()
    {
        // Heating first flattens the row, so that more tokens are needed for the same mass.
        var options = new SamplingOptions { Temperature = 2, TopP = .8 };
        int Kept(SamplerPreset preset) =>
            SamplerChain.Create(options with { Preset = preset }).Apply(Row, new StageContext([], 0)).Count;

        Kept(SamplerPreset.HuggingFace).ShouldBeGreaterThan(Kept(SamplerPreset.LlamaCpp));
    }

    [Fact]
    public void AnOrderOfOnesOwnIsAPresetToo()
    {
        var mine = SamplerPreset.LlamaCpp with { Name = "mine", Order = [SamplerStep.MinP, SamplerStep.TopK] };
        SamplerChain.Create(new SamplingOptions { Preset = mine, TopK = 3, MinP = .1, Temperature = .5 }).Stages.Select(s => s.Name)
            .ShouldBe(["min-p", "top-k"]);
    }

    [Fact]
    public void AChoiceReportsBothDistributions()
    {
        var row = Rows.OfProbabilities(.1, .2, .3, .4);
        var chain = SamplerChain.Create(new SamplingOptions { TopK = 2, Temperature = .5, Preset = SamplerPreset.LlamaCpp }, alternatives: 3);

        var choice = chain.Describe(row, 2, new StageContext([], 0));

        choice.Raw.LogProbability.ShouldBe(Math.Log(.3), 1e-6);
        choice.Raw.Rank.ShouldBe(2);
        choice.Processed.LogProbability.ShouldBe(Math.Log(9 / 25.0), 1e-6);
        choice.Processed.Target.ShouldBe(2);
        choice.CandidateCount.ShouldBe(2);
        chain.RawAlternatives.ToArray().Select(a => a.Id).ShouldBe([3, 2, 1]);
        chain.ProcessedAlternatives.ToArray().Select(a => a.Id).ShouldBe([3, 2, -1]);
        chain.ProcessedAlternatives[0].LogProbability.ShouldBe(Math.Log(16 / 25.0), 1e-6);

        var ruledOut = chain.Describe(row, 0, new StageContext([], 0));
        ruledOut.Id.ShouldBe(0);
        ruledOut.Raw.LogProbability.ShouldBe(Math.Log(.1), 1e-6);
        ruledOut.Processed.LogProbability.ShouldBe(double.NegativeInfinity);
        ruledOut.Processed.Rank.ShouldBe(3);
    }

    [Fact]
    public void ADrawDependsOnItsKeyAlone()
    {
        var options = new SamplingOptions { TopP = .95 };
        int[] Tokens(ulong seed, uint sequence, bool otherWork)
        {
            var chain = SamplerChain.Create(options);
            var history = new List<int>();
            for (var i = 0; i < 20; i++)
            {
                if (otherWork) // draws at other positions, and a fork, leave no trace
                {
                    chain.Choose(Row, new StageContext(new int[i + 7], 0, seed, sequence));
                    chain = chain.Fork();
                }

                history.Add(chain.Choose(Row, new StageContext([.. history], 0, seed, sequence)).Id);
            }

            return [.. history];
        }

        Tokens(1, 0, true).ShouldBe(Tokens(1, 0, false));
        Tokens(2, 0, false).ShouldNotBe(Tokens(1, 0, false));
        Tokens(1, 1, false).ShouldNotBe(Tokens(1, 0, false));
        Tokens(1, 0, false).Distinct().Count().ShouldBeGreaterThan(5); // positions differ from each other
    }

    [Fact]
    public void ChoicesFollowTheProcessedDistribution()
    {
        var chain = SamplerChain.Create(new SamplingOptions { TopK = 6, Temperature = 1.5 });
        var p = Rows.Probabilities(chain.Apply(Row, new StageContext([], 0)));
        const int Draws = 10_000;
        var counts = new int[Row.Length];
        for (uint i = 0; i < Draws; i++)
            counts[chain.Choose(Row, new StageContext([], 0, seed: 3, sequence: i)).Id]++;

        counts.Where((_, id) => p[id] == 0).Sum().ShouldBe(0);
        Enumerable.Range(0, p.Length).Where(id => p[id] > 0).Sum(id => Math.Pow(counts[id] - Draws * p[id], 2) / (Draws * p[id]))
            .ShouldBeLessThan(20.5); // chi-square, 5 degrees of freedom, 0.999
    }

    [Fact]
    public void NothingIsAllocatedPerToken()
    {
        var chain = SamplerChain.Create(
            new SamplingOptions
            {
                Temperature = 1.1, TopK = 200, TopP = .9, MinP = .01, RepetitionPenalty = 1.1, FrequencyPenalty = .1,
                LogitBias = new Dictionary<int, float> { [3] = float.NegativeInfinity }, NoRepeatNGram = 3, DryMultiplier = .8, TopNSigma = 3,
                TopH = .9, EpsilonCutoff = 1e-5, EtaCutoff = 1e-5, XtcProbability = .5, DynamicTemperatureRange = .2,
            },
            alternatives: 10);
        var flat = SamplerChain.Create(new SamplingOptions(), alternatives: 10);
        int[] history = [1, 2, 3, 4, 3];
        for (var i = 0; i < 3; i++)
            Once((uint)i);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
            Once((uint)i);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Once(uint i)
        {
            var context = new StageContext(history, 2, 1, i);
            chain.Accept(chain.Choose(Row, context).Id, context);
            flat.Choose(Row, context);
        }
    }

    [Fact]
    public void BadRowsNameThePosition()
    {
        var row = new float[10];
        row[4] = float.NaN;
        Should.Throw<LogitsException>(() => SamplerChain.Create(SamplingOptions.Greedy).Choose(row, new StageContext([1, 2, 3], 1)))
            .Message.ShouldBe("Logits for position 3: the logit of token 4 is NaN.");
    }

    [Fact]
    public void OptionsOutOfRangeNameTheField()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = -1 }).ParamName.ShouldBe("Temperature");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = double.PositiveInfinity }).ParamName.ShouldBe("Temperature");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { TopK = -1 }).ParamName.ShouldBe("TopK");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 1.5 }).ParamName.ShouldBe("TopP");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { MinP = double.NaN }).ParamName.ShouldBe("MinP");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { MinKeep = 0 }).ParamName.ShouldBe("MinKeep");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { RepetitionPenalty = 0 }).ParamName.ShouldBe("RepetitionPenalty");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { FrequencyPenalty = double.NaN }).ParamName.ShouldBe("FrequencyPenalty");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { PresencePenalty = double.NegativeInfinity }).ParamName.ShouldBe("PresencePenalty");
        Should.Throw<ArgumentOutOfRangeException>(() => new SamplingOptions { PenaltyLastN = -1 }).ParamName.ShouldBe("PenaltyLastN");
    }
}
