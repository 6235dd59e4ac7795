using System.Text.Json;

namespace Tessera.Cli.Tests;

public sealed class ChatCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task TheSecondTurnRunsOnlyWhatIsNew()
    {
        var chat = await Invocation.Of("Hi\nAgain\n", ["chat", "-m", tiny.Directory, "--json", "--max-tokens", "5"], default);
        chat.ExitCode.ShouldBe(0, chat.Error);
        var done = chat.Json.Where(line => line.TryGetProperty("done", out _)).Select(line => line.GetProperty("done")).ToArray();
        done.Length.ShouldBe(2);
        done[0].GetProperty("cachedTokens").GetInt32().ShouldBe(0);
        var first = done[0].GetProperty("promptTokens").GetInt32();
        done[1].GetProperty("cachedTokens").GetInt32().ShouldBeGreaterThanOrEqualTo(first); // the answer's bytes need not be UTF-8: its text may come back as other tokens
        done[1].GetProperty("promptTokens").GetInt32().ShouldBeGreaterThan(first);
    }

    [Fact]
    public async Task ASystemMessageAndLinesOfText()
    {
        var chat = await Invocation.Of("Hi\n\nAgain\n", ["chat", "-m", tiny.Directory, "--system", "Be brief.", "--max-tokens", "3"], default);
        chat.ExitCode.ShouldBe(0, chat.Error);
        chat.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2); // two answers cut off; the empty line is no message
    }

    [Fact]
    public async Task TheRealModelRemembersItsTurns()
    {
        var model = SharedFiles.Model("smollm2-135m-instruct");
        var chat = await Invocation.Of("Hi\nThanks\n", ["chat", "-m", model, "--json", "--max-tokens", "4"], default);
        chat.ExitCode.ShouldBe(0, chat.Error);
        var done = chat.Json.Where(line => line.TryGetProperty("done", out _)).Select(line => line.GetProperty("done")).ToArray();
        // Prompt and answer of the first turn, but for the answer's last token, which was chosen and not run.
        done[1].GetProperty("cachedTokens").GetInt32().ShouldBe(done[0].GetProperty("promptTokens").GetInt32() + 3);
    }
}
