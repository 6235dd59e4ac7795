namespace Tessera.Cli.Tests;

public sealed class ErrorTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("run", "--no-such-option", "Hi")]
    [InlineData("no-such-command")]
    [InlineData("run", "--threads", "0", "Hi")]
    [InlineData("run", "--temperature", "warm", "Hi")]
    [InlineData("run", "--top-p", "1.5", "Hi")]
    [InlineData("run", "--temperature", "-1", "Hi")]
    [InlineData("run", "--max-tokens", "0", "Hi")]
    [InlineData("run", "--alternatives", "3", "Hi")]
    [InlineData("run", "--ids", "1,x")]
    [InlineData("run", "--ids", "1", "Hi")]
    [InlineData("run", "--ids", "260")]
    [InlineData("run", "--raw", "--system", "x", "Hi")]
    [InlineData("score", "")]
    [InlineData("quantize", "a.gguf", "b.gguf", "--type", "q3")]
    [InlineData("quantize", "a.gguf", "a.gguf", "--type", "q8_0")]
    public async Task WrongUsageIsOneLineAndCode2(params string[] args)
    {
        var run = await Invocation.Of(args[0] is "quantize" or "no-such-command" ? args : [args[0], "-m", tiny.Directory, .. args[1..]]);
        run.ExitCode.ShouldBe(2, run.Error);
        IsOneLine(run.Error);
        run.Error.ShouldContain("--help");
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task AMissingFileIsOneLineAndCode1()
    {
        var run = await Invocation.Of("run", "-m", "no-such-model.gguf", "Hi");
        run.ExitCode.ShouldBe(1);
        IsOneLine(run.Error);
        run.Error.ShouldContain("no-such-model.gguf");
    }

    [Fact]
    public async Task EveryPrefixOfAFileIsRefusedWithOneLine()
    {
        var bytes = await File.ReadAllBytesAsync(tiny.Path);
        var path = Path.Combine(tiny.Scratch, "cut.gguf");
        foreach (var length in new[] { 0, 4, 23, 100, 1000, bytes.Length / 2, bytes.Length - 1 })
        {
            await File.WriteAllBytesAsync(path, bytes[..length]);
            var run = await Invocation.Of("info", "-m", path);
            run.ExitCode.ShouldBe(1, $"{length} bytes: {run.Error}");
            IsOneLine(run.Error);
            run.Error.ShouldNotContain("unexpected");
        }
    }

    [Fact]
    public async Task ADecoderEmbedsNoSentences()
    {
        var run = await Invocation.Of("embed", "-m", tiny.Path, "x");
        run.ExitCode.ShouldBe(1);
        IsOneLine(run.Error);
        run.Error.ShouldContain("encoder");
    }

    [Fact]
    public async Task APromptThatDoesNotFitIsRefusedWithNumbers()
    {
        var run = await Invocation.Of("run", "-m", tiny.Directory, "--raw", new string('a', 300));
        run.ExitCode.ShouldBe(1);
        IsOneLine(run.Error);
        run.Error.ShouldContain("256");
    }

    [Fact]
    public async Task WithoutAModelTheErrorSaysHowToNameOneUnlessOneIsEmbedded()
    {
        var run = await Invocation.Of("info");
        run.ExitCode.ShouldBe(Loading.EmbeddedModel.Exists ? 0 : 2);
        run.Error.ShouldContain("-m FILE-or-DIRECTORY");
        run.Error.TrimEnd('\n').ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("chat")]
    [InlineData("info")]
    [InlineData("tokenize")]
    [InlineData("score")]
    [InlineData("perplexity")]
    [InlineData("embed")]
    [InlineData("bench")]
    [InlineData("quantize")]
    public async Task HelpTeachesWithExamples(string command)
    {
        var help = await Invocation.Of(command, "--help");
        help.ExitCode.ShouldBe(0);
        help.Output.ShouldContain($"  tessera {command} ");
        (await Invocation.Of()).Output.ShouldContain($"  {command} ");
    }

    private static void IsOneLine(string error)
    {
        error.ShouldStartWith("tessera: ");
        error.TrimEnd('\n').ShouldNotContain("\n");
        error.ShouldNotContain("   at ");
    }
}
