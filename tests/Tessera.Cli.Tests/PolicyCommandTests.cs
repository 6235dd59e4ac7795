namespace Tessera.Cli.Tests;

/// <summary>What --kv does to run, chat and perplexity.</summary>
public class PolicyCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static readonly string s_text = string.Concat(Enumerable.Repeat("Tokens stay or go. ", 6)); // 114 bytes, as many tokens

    [Fact]
    public async Task RunReportsWhatStayed()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--kv", "h2o:heavy=0.5", "--kv-budget", "20", "--json", "--max-tokens", "4");
        run.ExitCode.ShouldBe(0, run.Error);
        var kv = run.Json[^1].GetProperty("done").GetProperty("kv");
        kv.GetProperty("policy").GetString().ShouldBe("h2o:heavy=0.5");
        kv.GetProperty("keptSlots").GetProperty("max").GetInt32().ShouldBe(20);
        kv.GetProperty("droppedSlots").GetProperty("min").GetInt32().ShouldBe(115 + 3 - 20);
        kv.GetProperty("bytes").GetInt64().ShouldBeLessThan(kv.GetProperty("fullBytes").GetInt64());
    }

    [Theory]
    [InlineData("tova")]
    [InlineData("streaming-llm")]
    [InlineData("random")]
    [InlineData("snapkv:window=4")]
    public async Task EveryPolicyIsMadeByName(string name)
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--kv", name, "--kv-budget", "0.2", "--json", "--max-tokens", "2");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json[^1].GetProperty("done").GetProperty("kv").GetProperty("keptSlots").GetProperty("max").GetInt32().ShouldBeInRange(23, 25);
    }

    [Fact]
    public async Task TheFullCacheIsThatOfNoPolicy()
    {
        var full = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--kv", "full", "--max-tokens", "4");
        var all = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--kv", "h2o", "--kv-budget", "1", "--max-tokens", "4");
        full.Output.ShouldBe((await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--max-tokens", "4")).Output);
        all.Output.ShouldBe(full.Output);
    }

    [Fact]
    public async Task PerplexityTakesAShareOfTheWindow()
    {
        var path = Path.Combine(tiny.Scratch, "kv.txt");
        await File.WriteAllTextAsync(path, s_text + s_text, TestContext.Current.CancellationToken);
        var run = await Invocation.Of("perplexity", "-m", tiny.Directory, path, "--context", "100", "--kv", "tova", "--kv-budget", "0.2", "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json[^1].GetProperty("done").GetProperty("kv").GetProperty("keptSlots").GetProperty("max").GetInt32().ShouldBe(20);
    }

    [Theory]
    [InlineData("--kv", "nothing-of-that-name")]
    [InlineData("--kv", "tova:budget=3.5")]
    [InlineData("--kv", "random:colour=red")]
    [InlineData("--kv-budget", "0.5")]
    [InlineData("--kv", "full", "--kv-budget", "0.5")]
    [InlineData("--kv", "tokenselect", "--kv-budget", "0.5")]
    public async Task WhatMakesNoSenseIsRefused(params string[] arguments)
    {
        var run = await Invocation.Of(["run", "-m", tiny.Directory, "--raw", "Hi", .. arguments]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("tessera");
    }
}
