namespace Tessera.Cli.Tests;

/// <summary>tokenizer eval, compare, terms.</summary>
public sealed class TokenizerEvalCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string Words = """
        {"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0,"the":1,"ship":2,"sails":3}}}
        """;

    [Fact]
    public async Task EvalMeasuresManyTokenizersOnManyTexts()
    {
        var page = Path.Combine(tiny.Scratch, "eval.html");
        var texts = await Written("parallel.jsonl", """
            {"code": "eng", "text": "the ship sails"}
            {"code": "deu", "text": "das Schiff segelt"}
            """);
        var words = await Written("words.txt", "the\nship\n");
        var run = await Invocation.Of(
            "tokenizer", "eval", tiny.Directory, await Written("words.json", Words), "--texts", texts, "--by", "code", "--reference", "eng", "--words", words,
            "--noise", "0.2", "--theory", "--speed", "--html", page, "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var tokenizers = run.Json.Single().GetProperty("tokenizers");
        tokenizers[0].GetProperty("total").GetProperty("tokens").GetInt32().ShouldBe(14 + 17); // bytes
        tokenizers[1].GetProperty("total").GetProperty("tokens").GetInt32().ShouldBe(6);
        tokenizers[1].GetProperty("total").GetProperty("unknownTokens").GetInt32().ShouldBe(3);
        tokenizers[1].GetProperty("lexical").GetProperty("typeWords").GetDouble().ShouldBe(50); // the, ship; sails, [UNK]
        tokenizers[0].GetProperty("parity").GetProperty("worst").GetDouble().ShouldBe(17 / 14.0, 1e-9);
        tokenizers[0].GetProperty("megabytesPerSecond").GetDouble().ShouldBeGreaterThan(0);
        tokenizers[0].GetProperty("stability").GetDouble().ShouldBeInRange(0, 1);
        run.Json.Single().GetProperty("overlap").GetProperty("jaccard")[0][0].GetDouble().ShouldBe(1);
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        html.ShouldContain("<svg");
        html.ShouldContain("Parity");
        html.ShouldNotContain("<script src");
        html.ShouldNotContain("<p>Verdict");
    }

    [Fact]
    public async Task EvalWithoutTextsLooksAtVocabularies()
    {
        var run = await Invocation.Of("tokenizer", "eval", await Written("words.json", Words));
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("Classes of the vocabularies' entries, percent");
        run.Output.ShouldContain("Unicode 14.0.0");
    }

    [Theory]
    [InlineData("name some with --texts", "--speed")]
    [InlineData("--reference names a language of --by", "--reference", "eng")]
    [InlineData("--noise is a share", "--noise", "2")]
    [InlineData("--turkish says how words change case", "--turkish")]
    public async Task EvalSaysWhatIsMissing(string message, params string[] options)
    {
        var run = await Invocation.Of(["tokenizer", "eval", await Written("words.json", Words), .. options]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task ATokenizerThatFailsLeavesTheOthersAlone()
    {
        var broken = await Written("broken.json", Words.Replace("\"[UNK]\":0,", "", StringComparison.Ordinal));
        var run = await Invocation.Of("tokenizer", "eval", broken, tiny.Directory, "--texts", await Written("text.txt", "the sea"), "--json");
        run.ExitCode.ShouldBe(1);
        var tokenizers = run.Json.Single().GetProperty("tokenizers");
        tokenizers[0].GetProperty("error").GetString()!.ShouldContain("unknown token");
        tokenizers[1].GetProperty("total").GetProperty("tokens").GetInt32().ShouldBe(7);
    }

    [Fact]
    public async Task ScoresAreCorrelatedOnlyWhereThereAreEnough()
    {
        var words = await Written("words.json", Words);
        var run = await Invocation.Of("tokenizer", "eval", words, "--texts", await Written("text.txt", "the sea"), "--scores", await Written("scores.tsv", "words\t1\n"));
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("at least 4");
        run = await Invocation.Of(
            "tokenizer", "eval", words, words, words, tiny.Directory, "--texts", await Written("text.txt", "the sea"), "--json",
            "--scores", await Written("scores.tsv", $"words\t1\nwords 2\t2\nwords 3\t3\n{Path.GetFileName(tiny.Directory)}\t9\n"));
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json.Single().GetProperty("correlations").EnumerateArray().First(static c => c.GetProperty("measure").GetString() == "tokens").GetProperty("pearson").GetDouble().ShouldBeGreaterThan(0.9);
    }

    [Fact]
    public async Task CompareShowsWhereTwoDiffer()
    {
        var run = await Invocation.Of("tokenizer", "compare", tiny.Directory, await Written("words.json", Words), "the ship", "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var text = run.Json.Single().GetProperty("text");
        text.GetProperty("tokens").EnumerateArray().Select(static t => t.GetInt32()).ShouldBe([8, 2]);
        text.GetProperty("differences")[0].GetProperty("text").GetString().ShouldBe("the");
        var shown = await Invocation.Of("tokenizer", "compare", tiny.Directory, await Written("words.json", Words), "the ship");
        shown.Output.ShouldContain("t│h│e");
        var same = await Invocation.Of("tokenizer", "compare", tiny.Directory, tiny.Directory, "--json");
        same.Json.Single().GetProperty("jaccard").GetDouble().ShouldBe(1);
        (await Invocation.Of("tokenizer", "compare", tiny.Directory, tiny.Directory, "x", "--file", "y")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task TermsBecomeTokens()
    {
        var terms = await Written("terms.tsv", string.Concat(((string[])["metformin", "buformin", "phenformin", "warfarin", "heparin", "insulin", "aspirin", "codein", "morphin", "quinin"]).Select(static t => t + "\tdrug\t3\n")));
        var output = Path.Combine(tiny.Scratch, "new-tokens.tsv");
        var run = await Invocation.Of("tokenizer", "terms", tiny.Directory, "--terms", terms, "Take metformin daily.", "-o", output, "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var result = run.Json.Single();
        result.GetProperty("tokens").GetArrayLength().ShouldBeLessThan(result.GetProperty("before").GetInt32());
        result.GetProperty("tokens").EnumerateArray().ShouldContain(static t => t.GetProperty("type").GetString() == "drug");
        (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken)).Length.ShouldBe(result.GetProperty("newTokens").GetInt32());
        (await Invocation.Of("tokenizer", "terms", tiny.Directory, "--terms", await Written("empty.tsv", "\n"))).ExitCode.ShouldBe(2);
    }

    private async Task<string> Written(string name, string text)
    {
        var path = Path.Combine(tiny.Scratch, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return path;
    }
}
