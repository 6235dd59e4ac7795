using Tessera.Models.Tests;

namespace Tessera.Cli.Tests;

public sealed class CompressCommandTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private const string Text = "Hello, the meeting was not long.\nAnna: yes, is it?\n";
    private readonly string _encoder = Directory.CreateTempSubdirectory("tessera-compress-").FullName;

    public void Dispose() => Directory.Delete(_encoder, recursive: true);

    [Fact]
    public async Task TheTextGoesToTheOutputAndTheCountsToTheErrorStream()
    {
        var run = await Run("compress", "-m", Encoder(), "--rate", "0.5", "--force-token", "\\n", "-");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Count(static c => c == '\n').ShouldBe(2);
        run.Output.Length.ShouldBeLessThan(Text.Length);
        run.Error.ShouldContain("times shorter");
        (await Run("compress", "-m", Encoder(), "--rate", "1", "-")).Output.ShouldBe(Text);
    }

    [Fact]
    public async Task JsonHasEveryWordWithItsProbability()
    {
        var file = Path.Combine(_encoder, "text.txt");
        await File.WriteAllTextAsync(file, Text);
        var run = await Run("compress", "-m", Encoder(), "--json", "--keep-digits", file, "-");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json.Length.ShouldBe(3);
        var context = run.Json[1].GetProperty("context");
        context.GetProperty("index").GetInt32().ShouldBe(1);
        var words = context.GetProperty("words").EnumerateArray().ToArray();
        words[0].GetProperty("text").GetString().ShouldBe("Hello");
        words.ShouldAllBe(static w => w.GetProperty("probability").GetDouble() > 0);
        var done = run.Json[^1].GetProperty("done");
        done.GetProperty("words").GetInt32().ShouldBe(2 * words.Length);
        done.GetProperty("keptWords").GetInt32().ShouldBe(2 * words.Count(static w => w.GetProperty("kept").GetBoolean()));
        done.GetProperty("ratio").GetDouble().ShouldBeGreaterThan(1);
        done.GetProperty("thresholds").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task ShowMarksWhatIsDropped()
    {
        var run = await Run("compress", "-m", Encoder(), "--show", "-");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("[-");
        run.Output.Replace("[-", "", StringComparison.Ordinal).Replace("-]", "", StringComparison.Ordinal).ShouldBe(Text);
    }

    [Fact]
    public async Task TokensOfAnotherModelAreCounted()
    {
        var own = await Run("compress", "-m", Encoder(), "--json", "-");
        var other = await Run("compress", "-m", Encoder(), "--json", "--count-with", tiny.Directory, "-");
        other.ExitCode.ShouldBe(0, other.Error);
        other.Json[^1].GetProperty("done").GetProperty("originalTokens").GetInt32().ShouldBe(Text.Length); // a byte-level vocabulary
        own.Json[^1].GetProperty("done").GetProperty("originalTokens").GetInt32().ShouldBeLessThan(Text.Length);
    }

    [Theory]
    [InlineData("not both", "--rate", "0.5", "--target-tokens", "3")]
    [InlineData("share above 0", "--rate", "0")]
    [InlineData("share above 0", "--rate", "1.5")]
    [InlineData("at least 1", "--target-tokens", "0")]
    [InlineData("at least 3", "--chunk", "2")]
    [InlineData("needs a text", "--force-token", "")]
    public async Task WrongUseIsAnsweredByWhatToDo(string message, params string[] options)
    {
        var run = await Run(["compress", "-m", Encoder(), .. options, "-"]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task AModelWithoutTheHeadIsAnsweredByWhereToFindOne()
    {
        var run = await Run("compress", "-m", tiny.Directory, "-");
        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("llmlingua-2-bert-base-multilingual-cased-meetingbank");
        (await Run("compress", "-")).Error.ShouldContain("llmlingua-2-bert-base-multilingual-cased-meetingbank");
        (await Run("compress", "-m", Encoder(), "no-such-file")).ExitCode.ShouldBe(1);
    }

    private string Encoder()
    {
        if (!File.Exists(Path.Combine(_encoder, "config.json"))) ToyCompressors.WriteBert(_encoder);
        return _encoder;
    }

    private static Task<Invocation> Run(params string[] arguments) => Invocation.Of(Text, arguments, TestContext.Current.CancellationToken);
}
