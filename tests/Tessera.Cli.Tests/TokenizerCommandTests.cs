using System.Text.Json;

namespace Tessera.Cli.Tests;

/// <summary>tokenizer inspect, convert, verify.</summary>
public sealed class TokenizerCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    // a b c ab, abc; merges a b (rank 0), ab c (rank 1).
    private const string Small = """
        {"version":"1.0","added_tokens":[{"id":5,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
         "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]},"pre_tokenizer":null,"post_processor":null,"decoder":null,
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4},"merges":["a b","ab c"]}}
        """;

    [Fact]
    public async Task InspectSaysWhatATokenizerIsMadeOf()
    {
        var run = await Invocation.Of("tokenizer", "inspect", await SmallFile(), "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var summary = run.Json.Single();
        summary.GetProperty("model").GetString().ShouldBe("BPE");
        summary.GetProperty("vocabulary").GetInt32().ShouldBe(6);
        summary.GetProperty("merges").GetInt32().ShouldBe(2);
        summary.GetProperty("special").GetInt32().ShouldBe(1);
        summary.GetProperty("steps").EnumerateArray().Single().GetProperty("description").GetString().ShouldBe("NFC() → Lowercase()");
    }

    [Fact]
    public async Task InspectDrawsTheMergesOfAWord()
    {
        var run = await Invocation.Of("tokenizer", "inspect", await SmallFile(), "ABC");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldBe("""
            id	piece	text	bytes	kind	place
            4	abc	"abc"	616263	normal	0..3

            "abc"  id 4, merge 1
            ├─ "ab"  id 3, merge 0
            │  ├─ "a"
            │  └─ "b"
            └─ "c"

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task InspectGivesTreesAndKindsAsJson()
    {
        var run = await Invocation.Of("tokenizer", "inspect", await SmallFile(), "<s>ab", "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        var tokens = run.Json.Single().GetProperty("tokens").EnumerateArray().ToArray();
        tokens.Select(t => t.GetProperty("kind").GetString()).ShouldBe(["special", "normal"]);
        tokens[0].GetProperty("tree").ValueKind.ShouldBe(JsonValueKind.Null);
        tokens[1].GetProperty("tree").GetProperty("left").GetProperty("token").GetString().ShouldBe("a");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ATokenizerIsAFileOrADirectory(bool directory)
    {
        var run = await Invocation.Of("tokenizer", "inspect", directory ? tiny.Directory : tiny.Path, "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Json.Single().GetProperty("model").GetString().ShouldBe("BPE (byte-level)");
    }

    [Fact]
    public async Task TheGroupSaysWhichVerbsThereAre()
    {
        var run = await Invocation.Of("tokenizer");
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain("inspect");
    }

    [Fact]
    public async Task ATokenizerBecomesARankFileAndBack()
    {
        var (ranks, json) = (Path.Combine(tiny.Scratch, "r50k_base.tiktoken"), Path.Combine(tiny.Scratch, "again.json"));
        (await Invocation.Of("tokenizer", "convert", tiny.Path, "-o", ranks)).ExitCode.ShouldBe(0);
        var run = await Invocation.Of("tokenizer", "convert", ranks, "-o", json);
        run.ExitCode.ShouldBe(0, run.Error);
        (await Invocation.Of("tokenize", "-m", json, "--json", "aé")).Json.Single().GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("bytes").GetString()).ShouldBe(["61", "c3", "a9"]);
        (await Invocation.Of("tokenizer", "convert", ranks, "-o", Path.Combine(tiny.Scratch, "x.txt"))).ExitCode.ShouldBe(2);
        File.Exists(json + ".partial").ShouldBeFalse();
        var compact = Path.Combine(tiny.Scratch, "again.tok");
        (await Invocation.Of("tokenizer", "convert", json, "-o", compact)).ExitCode.ShouldBe(0);
        (await Invocation.Of("tokenizer", "inspect", compact, "--json")).Output.ShouldBe((await Invocation.Of("tokenizer", "inspect", json, "--json")).Output);
    }

    [Fact]
    public async Task VerifyComparesATokenizerWithItself()
    {
        var file = Path.Combine(tiny.Scratch, "verified.txt");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("Some text: é 中 😀\n", 40)), TestContext.Current.CancellationToken);
        var run = await Invocation.Of("tokenizer", "verify", tiny.Directory, "--text", file, "--json", "--seed", "3");
        run.ExitCode.ShouldBe(0, run.Error);
        var result = run.Json.Single();
        result.GetProperty("differences").GetInt64().ShouldBe(0);
        var parts = result.GetProperty("parts").EnumerateArray().ToArray();
        parts[0].GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(file).Length);
        parts[2].GetProperty("texts").GetInt64().ShouldBeGreaterThan(3);
        result.GetProperty("roundTrips").GetInt64().ShouldBe(parts.Sum(p => p.GetProperty("texts").GetInt64()));
        (await Invocation.Of("tokenizer", "verify", tiny.Directory, "--text", file, "--peer", tiny.Scratch)).ExitCode.ShouldBe(2);
    }

    private async Task<string> SmallFile()
    {
        var file = Path.Combine(tiny.Scratch, "small.json");
        await File.WriteAllTextAsync(file, Small, TestContext.Current.CancellationToken);
        return file;
    }
}
