namespace Tessera.Cli.Tests;

public sealed class BytesCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task NextBytesAreADistributionOverAllWaysOfCutting()
    {
        // "z" can be the token z or the beginning of zz.
        var bytes = await Invocation.Of("bytes", "-m", tiny.Directory, "--exact", "--json", "--top", "256", "--covers", "9", "az");
        bytes.ExitCode.ShouldBe(0, bytes.Error);
        var line = bytes.Json.Single();
        var next = line.GetProperty("next").EnumerateArray().ToArray();
        next.Length.ShouldBe(256);
        (next.Sum(n => Math.Exp(n.GetProperty("logProbability").GetDouble())) + Math.Exp(line.GetProperty("end").GetDouble())).ShouldBe(1, 1e-9);
        var covers = line.GetProperty("covers").EnumerateArray().ToArray();
        covers.Select(c => c.GetProperty("ids").EnumerateArray().Last().GetInt32()).Order().ShouldBe(['z', TinyModel.Vocabulary - 1]);
        covers.Sum(c => Math.Exp(c.GetProperty("logProbability").GetDouble())).ShouldBe(Math.Exp(line.GetProperty("logProbability").GetDouble()), 1e-9);
        covers.Select(c => c.GetProperty("overshoot").GetString()).Order().ShouldBe(["", "7a"]);
        // Behind the token z no second one can stand.
        next.Single(n => n.GetProperty("byte").GetString() == "7a").GetProperty("tokensOnly").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);

        var table = await Invocation.Of("bytes", "-m", tiny.Directory, "--top", "3", "--covers", "1", "az");
        table.Output.Split('\n').Length.ShouldBe(1 + 3 + 1 + 1 + 1);
        table.Error.ShouldContain("entropy");
    }

    [Fact]
    public async Task TextsAreScoredWhateverTheirBytes()
    {
        var whole = (await Invocation.Of("bytes", "-m", tiny.Directory, "--json", "--score", "azz")).Json.Single();
        whole.GetProperty("bytes").GetInt32().ShouldBe(3);
        whole.GetProperty("bitsPerByte").GetDouble().ShouldBe(-whole.GetProperty("logProbability").GetDouble() / Math.Log(2) / 3, 1e-9);
        (await Invocation.Of("bytes", "-m", tiny.Directory, "--json", "--score", "--hex", "617a7a")).Output.ShouldBe((await Invocation.Of("bytes", "-m", tiny.Directory, "--json", "--score", "azz")).Output);
        (await Invocation.Of("bytes", "-m", tiny.Directory, "--score", "--hex", "e6 97")).Output.ShouldContain("2 bytes");
    }

    [Fact]
    public async Task TheSameSeedWritesTheSameBytesAndModelsCanWriteTogether()
    {
        async Task<string> Text(params string[] more) => (await Invocation.Of(["bytes", "-m", tiny.Directory, "--json", "--generate", "8", .. more, "ab"])).Json[^1].GetProperty("done").GetProperty("bytes").GetString()!;
        (await Text("--seed", "4", "--threads", "2")).ShouldBe(await Text("--seed", "4", "--threads", "1"));
        (await Text("--seed", "5")).ShouldNotBe(await Text("--seed", "4"));
        (await Text("--seed", "4", "--with-model", tiny.Directory, "--ensemble", "product", "--weights", "1,2")).ShouldBe(await Text("--seed", "4")); // the same model twice
    }

    [Fact]
    public async Task APromptsEndIsCutAnew()
    {
        foreach (var heal in new[] { "exact", "token" })
        {
            var run = await Invocation.Of("run", "-m", tiny.Directory, "--raw", "--heal", heal, "--json", "--temperature", "1", "--seed", "2", "--max-tokens", "3", "az");
            run.ExitCode.ShouldBe(0, run.Error);
            var ids = run.Json[^1].GetProperty("done").GetProperty("promptTokens").GetInt32();
            ids.ShouldBe(3); // begin, a, and z or zz
        }
    }

    [Theory]
    [InlineData("--top", "0")]
    [InlineData("--covers", "-1")]
    [InlineData("--validity", "some")]
    [InlineData("--generate", "0")]
    [InlineData("--temperature", "1")]
    [InlineData("--ensemble", "product")]
    [InlineData("--weights", "1,2")]
    public async Task WrongOptionsAreRefused(string option, string value)
    {
        var bytes = await Invocation.Of("bytes", "-m", tiny.Directory, option, value, "a");
        bytes.ExitCode.ShouldBe(2);
        bytes.Error.ShouldContain(option.Length > 3 ? option[2..5] : option);
    }

    [Fact]
    public async Task WhatDoesNotGoTogetherIsRefused()
    {
        (await Invocation.Of("bytes", "-m", tiny.Directory, "--hex", "xy")).Error.ShouldContain("hexadecimal");
        (await Invocation.Of("bytes", "-m", tiny.Directory, "--score", "--generate", "3", "a")).ExitCode.ShouldBe(2);
        (await Invocation.Of("bytes", "-m", tiny.Directory, "--with-model", tiny.Path, "--weights", "1,0", "a")).Error.ShouldContain("above 0");
        (await Invocation.Of("run", "-m", tiny.Directory, "--heal", "exact", "a")).Error.ShouldContain("--raw");
        (await Invocation.Of("run", "-m", tiny.Directory, "--raw", "--heal", "much", "a")).Error.ShouldContain("exact or token");
        (await Invocation.Of("run", "-m", tiny.Directory, "--raw", "--suffix", "b", "a")).Error.ShouldContain("fill in the middle");
    }
}
