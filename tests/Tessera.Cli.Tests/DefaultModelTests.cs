namespace Tessera.Cli.Tests;

/// <summary>The model that is used where none is named.</summary>
public sealed class DefaultModelTests
{
    [Fact]
    public async Task ItTellsATextAndSaysWhichModelItIs()
    {
        var run = await Invocation.Of("run", "--seed", "1", "--max-tokens", "16", "It was a dark night");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Trim().Length.ShouldBeGreaterThan(20);
        run.Error.ShouldContain("embedded default model");
    }

    [Fact]
    public async Task TheSameSeedTellsTheSameText()
    {
        string[] arguments = ["run", "--seed", "7", "--max-tokens", "24", "Call me"];
        (await Invocation.Of(arguments)).Output.ShouldBe((await Invocation.Of([.. arguments, "--threads", "1"])).Output);
    }

    // The figure in docs/default-model.md: pages that the model was not trained on.
    [Fact]
    public async Task ItsPerplexityOnHeldOutPagesIsWhatItsCardSays()
    {
        var pages = Path.Combine(AppContext.BaseDirectory, "Data", "held-out-pages.txt");
        var run = await Invocation.Of("perplexity", "--exact", "--json", "--context", "256", "--stride", "128", pages);
        run.ExitCode.ShouldBe(0, run.Error);
        var done = run.Json[^1].GetProperty("done");
        done.GetProperty("scored").GetInt32().ShouldBe(5010);
        done.GetProperty("perplexity").GetDouble().ShouldBe(44.110, 0.01);
    }
}
