namespace Tessera.Cli.Tests;

public sealed class ScheduleOptionTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task WhatRanIsToldAtTheEnd()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--json", "--raw", "--max-tokens", "4", "--schedule", "lazyllm:min-tokens=0,keep=0.5:0.5", "Hi there");
        run.ExitCode.ShouldBe(0, run.Error);
        var done = run.Json[^1].GetProperty("done");
        var schedule = done.GetProperty("schedule");
        schedule.GetProperty("name").GetString().ShouldBe("lazyllm");
        var tokens = done.GetProperty("promptTokens").GetInt32() + done.GetProperty("generatedTokens").GetInt32() - 1;
        schedule.GetProperty("tokens").GetInt32().ShouldBe(tokens);
        schedule.GetProperty("rowsByLayer")[0].GetInt32().ShouldBe(tokens);
        schedule.GetProperty("allRows").GetInt32().ShouldBe(tokens);
        schedule.GetProperty("revived").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task LazyIsAShortFormOfIt()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--raw", "--max-tokens", "2", "--lazy", "0.3:0.5/0.6:0.2", "Hi");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("lazyllm:");
        (await Invocation.Of("run", "-m", tiny.Directory, "--raw", "--json", "--max-tokens", "2", "Hi")).Output.ShouldNotContain("schedule");
    }

    [Fact]
    public async Task APolicyBesideItIsRefused()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--kv", "h2o", "--schedule", "skipdecode", "Hi");
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("--kv");
    }

    [Theory]
    [InlineData("--lazy", "half", "depth:fraction")]
    [InlineData("--schedule", "lazyllm:keep=0.5:2", "(0, 1]")]
    [InlineData("--schedule", "nothing", "skipdecode")]
    [InlineData("--schedule", "skipdecode:speed=2", "speed")]
    public async Task WhatIsWrongIsNamed(string option, string value, string named)
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, option, value, "Hi");
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(named);
    }
}
