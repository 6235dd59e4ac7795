using System.Text.Json;

namespace Tessera.Cli.Tests;

public sealed class DetectCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string Labelled = """
        {"text": "a first text of some length", "label": 1}
        {"input": "and another one, Capitals Too", "label": false}

        {"text": "the third", "label": true, "variants": ["the thirst", "a third"]}
        {"text": "no answer is known of this"}
        """;

    private string File(string name, string text)
    {
        var path = Path.Combine(tiny.Scratch, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public async Task EachTextHasAScoreOfEachDetectorAndLabelsGiveACurve()
    {
        var (texts, corpus, table) = (File("t.jsonl", Labelled), File("corpus.txt", "some words of a language"), Path.Combine(tiny.Scratch, "f.safetensors"));
        var run = await Invocation.Of("detect-pretraining", "-m", tiny.Directory, texts, "--reference", corpus, "--save-frequencies", table, "--second-model", tiny.Path, "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var first = run.Json[0].GetProperty("text");
        first.GetProperty("source").GetString().ShouldBe("t.jsonl:1");
        first.GetProperty("scored").GetInt32().ShouldBe(27); // a token a byte behind the begin-of-text token
        var scores = first.GetProperty("scores");
        scores.EnumerateObject().Select(s => s.Name).ShouldBe(["dc-pdd", "loss", "lowercase", "min-k", "min-k-plus-plus", "neighbour", "reference", "zlib"]);
        scores.GetProperty("neighbour").ValueKind.ShouldBe(JsonValueKind.Null); // no variants of this one
        run.Json[2].GetProperty("text").GetProperty("scores").GetProperty("neighbour").ValueKind.ShouldBe(JsonValueKind.Number);
        scores.GetProperty("reference").GetDouble().ShouldBe(-1, 1e-6); // the same model twice

        var detectors = run.Json.Where(l => l.TryGetProperty("detector", out _)).Select(l => l.GetProperty("detector")).ToArray();
        detectors.Select(d => d.GetProperty("name").GetString()).ShouldBe(["dc-pdd", "loss", "lowercase", "min-k", "min-k-plus-plus", "reference", "zlib"]);
        detectors[0].GetProperty("roc").GetArrayLength().ShouldBeGreaterThan(1);
        detectors.ShouldAllBe(d => d.GetProperty("auroc").GetDouble() >= 0 && d.GetProperty("auroc").GetDouble() <= 1);
        run.Json[^1].GetProperty("done").GetProperty("texts").GetInt32().ShouldBe(4);

        var again = await Invocation.Of("detect-pretraining", "-m", tiny.Directory, texts, "--reference", table, "--json", "--detector", "dc-pdd:limit=0.01");
        again.Json[0].GetProperty("text").GetProperty("scores").GetProperty("dc-pdd:limit=0.01").GetDouble().ShouldBe(scores.GetProperty("dc-pdd").GetDouble());
    }

    [Fact]
    public async Task PeopleGetTables()
    {
        var run = await Invocation.Of(Labelled, ["detect-machine-text", "-m", tiny.Directory, "--jsonl", "-", "--second-model", tiny.Path], default);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("text\tlabel\ttokens\tbinoculars\t");
        run.Output.ShouldContain("detector\tAUC\t");
        run.Output.ShouldContain("(few)");
        run.Error.ShouldContain("no proof");
    }

    [Fact]
    public async Task AFileIsOneText()
    {
        var run = await Invocation.Of("detect-pretraining", "-m", tiny.Directory, File("one.txt", "two\nlines"), "--json");
        run.Json.Length.ShouldBe(2);
        run.Json[0].GetProperty("text").GetProperty("label").ValueKind.ShouldBe(JsonValueKind.Null);
        run.Json[0].GetProperty("text").GetProperty("scored").GetInt32().ShouldBe(9);
    }

    [Theory]
    [InlineData(1, "line 1", "{\"text\": 3}")]
    [InlineData(1, "label", "{\"text\": \"abc\", \"label\": 2}")]
    [InlineData(1, "line 2", "{\"text\": \"abc\"}\n{\"text\": ")]
    [InlineData(1, "variants", "{\"text\": \"abc\", \"variants\": 1}")]
    [InlineData(2, "no text", "\n\n")]
    [InlineData(2, "fewer than two tokens", "{\"text\": \"\"}")]
    [InlineData(2, "no method", "{\"text\": \"abc\"}", "--detector", "no-such")]
    [InlineData(2, "another question", "{\"text\": \"abc\"}", "--detector", "gltr")]
    [InlineData(2, "share", "{\"text\": \"abc\"}", "--detector", "min-k:share=2")]
    [InlineData(2, "--max-tokens", "{\"text\": \"abc\"}", "--max-tokens", "1")]
    [InlineData(2, "--reference", "{\"text\": \"abc\"}", "--save-frequencies", "x")]
    public async Task WrongInputIsOneLineThatSaysWhatToDo(int code, string message, string lines, params string[] options)
    {
        var run = await Invocation.Of(["detect-pretraining", "-m", tiny.Directory, File("wrong.jsonl", lines), .. options]);
        run.ExitCode.ShouldBe(code, run.Error);
        run.Error.Trim().ShouldNotContain("\n");
        run.Error.ShouldContain(message);
        run.Error.ShouldNotContain("unexpected");
    }

    [Fact]
    public async Task ACancelledRunEndsInAnOrderlyWay()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var run = await Invocation.Of("", ["detect-pretraining", "-m", tiny.Directory, File("c.txt", "text")], source.Token);
        run.ExitCode.ShouldBe(130);
    }
}
