namespace Tessera.Cli.Tests;

public sealed class TokenizerWindowsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-windows-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AFittedModelCutsATextIntoWindows()
    {
        var model = await FitAsync();
        var shown = await Invocation.Of("tokenizer", "windows", "show", model, "the cat sat");
        shown.ExitCode.ShouldBe(0, shown.Error);
        shown.Output.ShouldContain("the");
        shown.Error.ShouldContain("bytes a token");
        var json = await Invocation.Of("tokenizer", "windows", "show", model, "--bits", "32", "--vocabulary", "256", "--json", "the cat sat");
        json.ExitCode.ShouldBe(0, json.Error);
        var windows = json.Json[..^1].Select(static j => j.GetProperty("window")).ToArray();
        windows.Sum(static w => w.GetProperty("length").GetInt32()).ShouldBe(11);
        windows.ShouldAllBe(static w => w.GetProperty("ids").GetArrayLength() == 4 && w.GetProperty("used").GetInt32() <= 32);
        json.Json[^1].GetProperty("done").GetProperty("tokens").GetInt32().ShouldBe(4 * windows.Length);
    }

    [Fact]
    public async Task ATableNeedsNoCounts()
    {
        var json = await Invocation.Of("tokenizer", "windows", "show", await FitAsync(), "--table", "--json", "the cat sat");
        json.ExitCode.ShouldBe(0, json.Error);
        json.Json[..^1].Sum(static j => j.GetProperty("token").GetProperty("length").GetInt32()).ShouldBe(11);
        json.Json[^1].GetProperty("done").GetProperty("bytesPerToken").GetDouble().ShouldBeGreaterThan(2);
    }

    [Theory]
    [InlineData("multiple of a token's 16", "--bits", "20")]
    [InlineData("256 or 65,536", "--vocabulary", "1000")]
    [InlineData("leave out --bits", "--table", "--bits", "32")]
    public async Task SizesThatDoNotFitAreAnsweredByWhatDoes(string message, params string[] options)
    {
        var run = await Invocation.Of(["tokenizer", "windows", "show", await FitAsync(), .. options, "text"]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task WrongFilesAndOrdersAreRefused()
    {
        var text = Path.Combine(_folder, "text.txt");
        await File.WriteAllTextAsync(text, "no model");
        (await Invocation.Of("tokenizer", "windows", "show", text, "x")).Error.ShouldContain("no n-gram model");
        (await Invocation.Of("tokenizer", "windows", "fit", text, "-o", Path.Combine(_folder, "m"), "--order", "7")).ExitCode.ShouldBe(2);
        (await Invocation.Of("tokenizer", "windows", "fit", Path.Combine(_folder, "absent"), "-o", Path.Combine(_folder, "m"))).ExitCode.ShouldBe(1);
        (await Invocation.Of("tokenizer", "windows")).Error.ShouldContain("fit or show");
    }

    private async Task<string> FitAsync()
    {
        var (text, model) = (Path.Combine(_folder, "text.txt"), Path.Combine(_folder, "text.ngram"));
        await File.WriteAllTextAsync(text, "the cat sat on the mat; the bat ate the fat rat, and that was that");
        var run = await Invocation.Of("tokenizer", "windows", "fit", text, "-o", model, "--order", "2", "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json[0].GetProperty("fileBytes").GetInt64().ShouldBe(new FileInfo(model).Length);
        return model;
    }
}
