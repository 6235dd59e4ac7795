namespace Tessera.Cli.Tests;

/// <summary>What --prompt-cache does to run and chat.</summary>
public sealed class PromptCacheTests
{
    private static readonly string s_text = string.Concat(Enumerable.Repeat("the cat sat on the mat ", 5));

    [Fact]
    public async Task ASecondCallReadsOnlyWhatIsNewAndAnswersTheSame()
    {
        using var tiny = new TinyModel();
        var cache = Path.Combine(tiny.Directory, "prompt.cache");
        string[] call = ["run", "-m", tiny.Directory, "--raw", s_text, "--json", "--max-tokens", "4"];
        var plain = (await Invocation.Of(call)).Json[^1].GetProperty("done");
        var first = (await Invocation.Of([.. call, "--prompt-cache", cache])).Json[^1].GetProperty("done");
        var second = (await Invocation.Of([.. call, "--prompt-cache", cache])).Json[^1].GetProperty("done");
        first.GetProperty("cachedTokens").GetInt32().ShouldBe(0);
        second.GetProperty("cachedTokens").GetInt32().ShouldBe(plain.GetProperty("promptTokens").GetInt32() - 1);
        foreach (var done in new[] { first, second }) done.GetProperty("ids").GetRawText().ShouldBe(plain.GetProperty("ids").GetRawText());
        File.Exists(cache + ".part").ShouldBeFalse();

        var exact = await Invocation.Of([.. call, "--prompt-cache", cache, "--exact"]);
        exact.Error.ShouldContain("written anew");
        exact.Json[^1].GetProperty("done").GetProperty("cachedTokens").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task WhatCantBeKeptAndWhatIsNoCacheIsRefused()
    {
        using var tiny = new TinyModel();
        var other = Path.Combine(tiny.Directory, "notes.txt");
        const string before = "Not to be written over by a slip of the hand.";
        File.WriteAllText(other, before);
        var wrong = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--prompt-cache", other, "--max-tokens", "2");
        wrong.ExitCode.ShouldNotBe(0);
        wrong.Error.ShouldContain("no saved sequence");
        File.ReadAllText(other).ShouldBe(before);
        var policy = await Invocation.Of("run", "-m", tiny.Directory, "--raw", s_text, "--prompt-cache", Path.Combine(tiny.Directory, "c"), "--kv", "h2o");
        policy.ExitCode.ShouldBe(2);
        policy.Error.ShouldContain("policy");
    }
}
