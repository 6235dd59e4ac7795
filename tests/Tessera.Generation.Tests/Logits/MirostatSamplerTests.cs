namespace Tessera.Generation.Tests.Logits;

public class MirostatSamplerTests
{
    private static readonly float[] Row = Rows.OfProbabilities(.5, .25, .125, .125);

    [Fact]
    public void TheBoundMovesByTheErrorOfTheSurprisal()
    {
        var stage = new MirostatSampler(MirostatVersion.V2);
        var chain = new SamplerChain([stage]);
        stage.Mu.ShouldBe(10);

        chain.Apply(Row, new StageContext([], 0)).Count.ShouldBe(4);
        chain.Accept(1, new StageContext([], 0)); // surprisal 2, error −3

        stage.Mu.ShouldBe(10.3, 1e-6);
    }

    [Fact]
    public void ALowBoundLeavesTheBestTokenAlone()
    {
        var stage = new MirostatSampler(MirostatVersion.V2, tau: .75, eta: 1);
        var chain = new SamplerChain([stage]);
        stage.Mu.ShouldBe(1.5);

        chain.Apply(Row, new StageContext([], 0)).Ids.ToArray().ShouldBe([0]);
        chain.Accept(0, new StageContext([], 0)); // certain among one: surprisal 0

        stage.Mu.ShouldBe(2.25, 1e-9);
    }

    [Theory]
    [InlineData(MirostatVersion.V1)]
    [InlineData(MirostatVersion.V2)]
    public void ForkAndTruncateBringTheBoundBack(MirostatVersion version)
    {
        var stage = new MirostatSampler(version, 2);
        var row = Rows.Normal(300, 2, 2);
        var history = new List<int>();
        var bounds = new List<double>();
        var chain = new SamplerChain([stage]);
        for (var i = 0; i < 12; i++)
        {
            bounds.Add(stage.Mu);
            var context = new StageContext(history.ToArray(), 0, 1);
            var token = chain.Choose(row, context).Id;
            chain.Accept(token, context);
            history.Add(token);
        }

        var fork = chain.Fork();
        var forked = (MirostatSampler)fork.Stages[0];
        forked.Mu.ShouldBe(stage.Mu);
        fork.Truncate(5);
        forked.Mu.ShouldBe(bounds[5]);
        stage.Mu.ShouldNotBe(bounds[5]); // the fork went its own way

        var again = fork.Choose(row, new StageContext(history.ToArray().AsSpan(0, 5), 0, 1)).Id;
        again.ShouldBe(history[5]); // the same bound and the same key: the same token
    }

    [Fact]
    public void OptionsRunMirostatInPlaceOfTruncation() =>
        SamplerChain.Create(new SamplingOptions { Mirostat = MirostatVersion.V2, TopK = 5, TopP = .5, RepetitionPenalty = 2, Temperature = .8 })
            .Stages.Select(s => s.Name).ShouldBe(["temperature", "mirostat"]);
}
