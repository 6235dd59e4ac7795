using System.Text.Json;

namespace Tessera.Cli.Tests;

/// <summary>tokenize, score, perplexity, embed, info.</summary>
public sealed class TextCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TokenizeShowsIdsPiecesAndBytes(bool directory)
    {
        var run = await Invocation.Of("tokenize", "-m", directory ? tiny.Directory : tiny.Path, "--json", "é <|end|>");
        run.ExitCode.ShouldBe(0, run.Error);
        var tokens = run.Json.Single().GetProperty("tokens").EnumerateArray().ToArray();
        tokens.Select(t => t.GetProperty("id").GetInt32()).ShouldBe([TinyModel.BeginId, 0xc3, 0xa9, ' ', TinyModel.EndId]);
        tokens[1].GetProperty("bytes").GetString().ShouldBe("c3");
        tokens[4].GetProperty("special").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task ATokenizerFileIsEnoughToTokenize()
    {
        var file = Path.Combine(tiny.Scratch, "other-name.json");
        File.Copy(Path.Combine(tiny.Directory, "tokenizer.json"), file);
        var run = await Invocation.Of("tokenize", "-m", file, "--count", "Hi");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldBe("3\n");
    }

    [Theory]
    [InlineData("5\n")] // begin, two bytes, end, x
    [InlineData("4\n", "--no-special")]
    [InlineData("11\n", "--plain")] // the seven characters of <|end|> are text
    public async Task TokenizeCounts(string expected, params string[] options)
    {
        var run = await Invocation.Of(["tokenize", "-m", tiny.Directory, "--count", .. options, "é<|end|>x"]);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldBe(expected);
    }

    [Fact]
    public async Task ScoreTellsOfEachTokenAndAddsUp()
    {
        var run = await Invocation.Of("score", "-m", tiny.Directory, "--exact", "--json", "--alternatives", "2", "abc");
        run.ExitCode.ShouldBe(0, run.Error);
        var tokens = run.Json[..^1].Select(line => line.GetProperty("token")).ToArray();
        tokens.Select(t => t.GetProperty("id").GetInt32()).ShouldBe([TinyModel.BeginId, 'a', 'b', 'c']);
        tokens[0].GetProperty("raw").ValueKind.ShouldBe(JsonValueKind.Null);
        tokens[1].GetProperty("raw").GetProperty("alternatives").GetArrayLength().ShouldBe(2);
        var done = run.Json[^1].GetProperty("done");
        done.GetProperty("scored").GetInt32().ShouldBe(3);
        done.GetProperty("negativeLogLikelihood").GetDouble()
            .ShouldBe(-tokens[1..].Sum(t => t.GetProperty("raw").GetProperty("logProbability").GetDouble()), 1e-9);
    }

    [Fact]
    public async Task PerplexityOfOneWindowIsThatOfTheScore()
    {
        var file = Path.Combine(tiny.Scratch, "text.txt");
        await File.WriteAllTextAsync(file, "Some text.");
        var perplexity = await Invocation.Of("perplexity", "-m", tiny.Directory, "--json", "--exact", file);
        perplexity.ExitCode.ShouldBe(0, perplexity.Error);
        var score = await Invocation.Of("score", "-m", tiny.Directory, "--json", "--exact", "Some text.");
        perplexity.Json[^1].GetProperty("done").GetProperty("perplexity").GetDouble()
            .ShouldBe(score.Json[^1].GetProperty("done").GetProperty("perplexity").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task PerplexitySlidesAWindow()
    {
        var run = await Invocation.Of(new string('x', 99), ["perplexity", "-m", tiny.Directory, "--json", "--context", "64", "--stride", "16", "-"], default);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json[^1].GetProperty("done").GetProperty("scored").GetInt32().ShouldBe(99); // and the begin token, which is not scored
        run.Json[..^1].Select(w => w.GetProperty("window").GetProperty("end").GetInt32()).ShouldBe([64, 80, 96, 100]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InfoSaysWhatTheFilesHold(bool directory)
    {
        var run = await Invocation.Of("info", "-m", directory ? tiny.Directory : tiny.Path, "--json", "--tensors");
        run.ExitCode.ShouldBe(0, run.Error);
        var info = run.Json.Single();
        info.GetProperty("architecture").GetString().ShouldBe("llama");
        info.GetProperty("vocabulary").GetInt32().ShouldBe(TinyModel.Vocabulary);
        info.GetProperty("hasChatTemplate").GetBoolean().ShouldBeTrue();
        info.GetProperty("eos_token").GetString().ShouldBe("<|end|>");
        info.GetProperty("stateBytesPerToken").GetInt64().ShouldBe(2 * 16 * 2); // keys and values, one head of 16, F16
        info.GetProperty("tensors").GetArrayLength().ShouldBe(11);
        (await Invocation.Of("info", "-m", tiny.Directory)).Output.ShouldContain("architecture\tllama\n");
    }

    [Fact]
    public async Task EmbeddingsAreTheReferences()
    {
        var model = SharedFiles.Model("all-minilm-l6-v2");
        var cases = SharedFiles.Cases("models-real/minilm-embeddings.json").Where(c => !c.GetProperty("input").GetProperty("text").GetString()!.Contains('\n')).Take(6).ToArray();
        var texts = cases.Select(c => c.GetProperty("input").GetProperty("text").GetString()!);
        var run = await Invocation.Of(["embed", "-m", model, "--exact", "--json", .. texts]);
        run.ExitCode.ShouldBe(0, run.Error);
        foreach (var (line, golden) in run.Json.Zip(cases))
        {
            var expected = golden.GetProperty("expected").GetProperty("embedding").EnumerateArray().Select(v => v.GetDouble());
            foreach (var (got, want) in line.GetProperty("embedding").EnumerateArray().Select(v => v.GetDouble()).Zip(expected))
                got.ShouldBe(want, 1e-5);
        }
    }
}
