using System.Text.Json;

namespace Tessera.Cli.Tests;

public sealed class RunCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task JsonHasALineForEachTokenAndOneForTheEnd()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--json", "--alternatives", "3", "--max-tokens", "4", "Hi");
        run.ExitCode.ShouldBe(0, run.Error);
        var lines = run.Json;
        var done = lines[^1].GetProperty("done");
        var ids = done.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        lines.Length.ShouldBe(ids.Length + 1);
        done.GetProperty("promptTokens").GetInt32().ShouldBe("user:Hi".Length + 3 + "assistant:".Length); // turn, end, turn
        for (var i = 0; i < ids.Length; i++)
        {
            var token = lines[i].GetProperty("token");
            token.GetProperty("id").GetInt32().ShouldBe(ids[i]);
            token.GetProperty("position").GetInt32().ShouldBe(done.GetProperty("promptTokens").GetInt32() + i);
            token.GetProperty("raw").GetProperty("rank").GetInt32().ShouldBe(1); // greedy
            token.GetProperty("raw").GetProperty("entropy").GetDouble().ShouldBeGreaterThan(0);
            token.GetProperty("raw").GetProperty("alternatives").GetArrayLength().ShouldBe(3);
            token.GetProperty("processed").GetProperty("logProbability").GetDouble().ShouldBe(0);
        }
    }

    [Fact]
    public async Task IdsStandInPlaceOfAPrompt()
    {
        var ids = await Invocation.Of("run", "-m", tiny.Directory, "--ids", "256,72,105", "--max-tokens", "3", "--json");
        var raw = await Invocation.Of("run", "-m", tiny.Directory, "--raw", "Hi", "--max-tokens", "3", "--json");
        Ids(ids).ShouldBe(Ids(raw));
    }

    [Fact]
    public async Task ThePromptComesFromTheInputWithoutItsLineEnd()
    {
        var piped = await Invocation.Of("Hi\n", ["run", "-m", tiny.Directory, "--max-tokens", "3", "--json", "-"], default);
        Ids(piped).ShouldBe(Ids(await Invocation.Of("run", "-m", tiny.Directory, "--max-tokens", "3", "--json", "Hi")));
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameTokensAndAnotherSeedOthers()
    {
        async Task<int[]> Draw(string seed, string threads) =>
            Ids(await Invocation.Of("run", "-m", tiny.Directory, "--json", "--raw", "Hi", "--temperature", "1.5", "--seed", seed, "--threads", threads, "--max-tokens", "12"));
        (await Draw("1", "2")).ShouldBe(await Draw("1", "1"));
        (await Draw("2", "1")).ShouldNotBe(await Draw("1", "1"));
    }

    [Fact]
    public async Task AFileAndADirectoryOfOneModelAnswerAlike() =>
        Ids(await Invocation.Of("run", "-m", tiny.Path, "--json", "--max-tokens", "5", "Hi"))
            .ShouldBe(Ids(await Invocation.Of("run", "-m", tiny.Directory, "--json", "--max-tokens", "5", "Hi")));

    [Fact]
    public async Task TextIsWhatJsonSays()
    {
        var json = await Invocation.Of("run", "-m", tiny.Directory, "--json", "--max-tokens", "6", "Hi");
        var text = await Invocation.Of("run", "-m", tiny.Directory, "--max-tokens", "6", "Hi");
        text.Output.ShouldBe(json.Json[^1].GetProperty("done").GetProperty("text").GetString() + "\n");
    }

    [Fact]
    public async Task ACancelledRunEndsInAnOrderlyWay()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var run = await Invocation.Of("", ["run", "-m", tiny.Directory, "--raw", "Hi"], source.Token);
        run.ExitCode.ShouldBe(130);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheRealModelGivesTheReferencesTokens()
    {
        var model = SharedFiles.Model("smollm2-135m-instruct");
        var golden = SharedFiles.Cases("models-real/smollm2-greedy.json").MinBy(c => c.GetProperty("input").GetProperty("ids").GetArrayLength());
        var input = golden.GetProperty("input");
        foreach (var path in new[] { model, Directory.GetFiles(model, "*.gguf").Single() })
        {
            var run = await Invocation.Of(
                "run", "-m", path, "--exact", "--json", "--ids", string.Join(',', input.GetProperty("ids").EnumerateArray()),
                "--max-tokens", Math.Min(12, input.GetProperty("max_new_tokens").GetInt32()).ToString());
            run.ExitCode.ShouldBe(0, run.Error);
            Ids(run).ShouldBe(golden.GetProperty("expected").GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).Take(12).ToArray());
        }
    }

    private static int[] Ids(Invocation run)
    {
        run.ExitCode.ShouldBe(0, run.Error);
        return [.. run.Json[^1].GetProperty("done").GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
    }
}
