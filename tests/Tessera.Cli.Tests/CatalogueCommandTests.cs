using System.Text.Json;
using Tessera.Cli.Output;
using Tessera.Laboratory;

namespace Tessera.Cli.Tests;

public sealed class CatalogueCommandTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static readonly ReproductionReport s_report = new()
    {
        Claims =
        [
            new("Twice as fast </script><b>", "1.9 × as fast", Verdict.Reproduced),
            new("No loss | at all", "0.3 nats", Verdict.NotReproduced),
        ],
        Tables = [new("Speeds & losses", ["arm", "tokens/s"], [["plain", "10.0"], ["fast", "19.0"]])],
        Charts =
        [
            new("Speed by length", "tokens", "tokens/s", [new("plain", [(1, 10), (2, 10.5)]), new("fast", [(1, 12), (2, double.NaN), (3, 19)])]),
            new("Loss by arm", "arm", "nats", [new("loss", [(0, 3.1), (1, 3.4)])]) { Categories = ["plain", "fast"] },
        ],
        Notes = ["A small model."],
    };

    private static readonly ReportHead s_head = new("A <method>", "How it is done.", "model.gguf", 2, 12.3);

    [Fact]
    public async Task MethodsAreListedByStageAndShownOneByOne()
    {
        var all = await Invocation.Of("methods");
        all.ExitCode.ShouldBe(0, all.Error);
        all.Output.ShouldContain("min-p\tlogits\t2024\t");
        (await Invocation.Of("methods", "--stage", "policy")).Output.ShouldNotContain("min-p");
        var page = await Invocation.Of("methods", "min-p");
        page.Output.ShouldContain("arXiv 2407.01082");
        page.Output.ShouldContain("min-keep\tinteger\t1\t");
    }

    [Fact]
    public async Task JsonHasEveryMethodWithItsOptions()
    {
        var lines = (await Invocation.Of("methods", "--json")).Json;
        lines.Length.ShouldBe(MethodCatalogue.All.Count);
        var topH = lines.Single(l => l.GetProperty("name").GetString() == "top-h");
        topH.GetProperty("options")[0].GetProperty("default").GetString().ShouldBe("0.4");
        (await Invocation.Of("methods", "top-h", "--json")).Json.Single().GetProperty("year").GetInt32().ShouldBe(2025);
    }

    [Theory]
    [InlineData("There is no method", "methods", "no-such")]
    [InlineData("Did you mean min-p?", "methods", "min-p2")]
    [InlineData("There is no stage", "methods", "--stage", "no-such")]
    [InlineData("not both", "methods", "min-p", "--stage", "logits")]
    [InlineData("There is no reproduction", "reproduce", "no-such")]
    public async Task AWrongNameIsAnsweredByWhatThereIs(string message, params string[] arguments)
    {
        var run = await Invocation.Of(arguments);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
    }

    [Fact]
    public async Task AStageByItsNameActsAsTheOptionOfItsOwn()
    {
        Task<Invocation> Draw(params string[] options) =>
            Invocation.Of(["run", "-m", tiny.Directory, "--json", "--raw", "Hi", "--temperature", "1.5", "--seed", "3", "--max-tokens", "12", .. options]);
        var (named, own, free) = (await Draw("--sampler", "min-p:p=0.3"), await Draw("--min-p", "0.3"), await Draw());
        Ids(named).ShouldBe(Ids(own));
        Ids(named).ShouldNotBe(Ids(free));
        (await Draw("--sampler", "min-p:p=-1")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public void APageHoldsEverythingAndNoTextBreaksOutOfIt()
    {
        var page = HtmlReport.Write(s_head, s_report);
        page.ShouldContain("A &lt;method&gt;");
        page.ShouldContain("Speeds &amp; losses");
        page.Split("<svg").Length.ShouldBe(3);
        page.Split("</script>").Length.ShouldBe(2); // the data's own end
        page.ShouldNotContain("<b>");
        page.ShouldNotContain("src=");
        var data = page[(page.IndexOf("id=\"data\">", StringComparison.Ordinal) + 10)..page.IndexOf("</script>", StringComparison.Ordinal)];
        using var json = JsonDocument.Parse(data);
        json.RootElement.GetProperty("verdict").GetString().ShouldBe("not reproduced");
        json.RootElement.GetProperty("charts")[0].GetProperty("series")[1].GetProperty("points")[1][1].ValueKind.ShouldBe(JsonValueKind.Null);
        json.RootElement.GetProperty("claims")[0].GetProperty("claim").GetString().ShouldBe("Twice as fast </script><b>");
    }

    [Fact]
    public void ADocumentHoldsTablesWhoseCellsStayCells()
    {
        var text = MarkdownReport.Write(s_head, s_report);
        text.ShouldContain("| No loss \\| at all | 0.3 nats | not reproduced |");
        text.ShouldContain("| fast | 19.0 |");
        text.ShouldContain("- A small model.");
    }

    private static int[] Ids(Invocation run) => [.. run.Json[^1].GetProperty("done").GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
}
