using Tessera.Cli.Tests;
using Tessera.Generation;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Bytes;

public sealed class ExactByteReproductionTests
{
    private const string Text = "The government of the country promised that everybody would receive a letter before the beginning of the winter, and nobody was surprised. ";

    [Fact]
    public async Task ASmallRunComparesTheWays()
    {
        using var model = ModelPackage.Load(SharedFiles.Model("smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"));
        var context = new ReproductionContext { Model = model, Texts = [new("one", string.Concat(Enumerable.Repeat(Text, 6)))], Pool = ComputePool.Shared };
        var report = await new ExactByteReproduction(words: 6).RunAsync(context, new Progress<ReproductionProgress>(), TestContext.Current.CancellationToken);
        report.Claims.Count.ShouldBe(3);
        var rows = report.Tables.Single().Rows;
        rows.Count.ShouldBe(4);
        Completed(rows[3]).ShouldBeGreaterThan(Completed(rows[0])); // the text repeats itself, so that only the cut is hard
        await Should.ThrowAsync<ArgumentException>(() => new ExactByteReproduction(words: 1000).RunAsync(context, new Progress<ReproductionProgress>(), default));
    }

    private static double Completed(IReadOnlyList<string> row) => double.Parse(row[1].TrimEnd(' ', '%'), System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void WordsAreCutInsideAndJudgedToTheLetter()
    {
        var texts = new[] { new ReproductionText("one", string.Concat(Enumerable.Repeat(Text, 6))) };
        var words = CutWord.Choose(texts, 10, 0.6, 1);
        words.ShouldBe(CutWord.Choose(texts, 10, 0.6, 1));
        foreach (var (prompt, rest) in words)
        {
            var shown = prompt[(prompt.LastIndexOf(' ') + 1)..];
            (shown.Length + rest.Length).ShouldBeGreaterThanOrEqualTo(6);
            shown.Length.ShouldBe((int)(0.6 * (shown.Length + rest.Length)));
            Text.ShouldContain(" " + shown + rest);
        }

        var word = new CutWord("A gover", "nment");
        word.Judge("nm", false).ShouldBeNull();
        word.Judge("nment", false).ShouldBeNull();
        word.Judge("nment", true).ShouldBe(true);
        word.Judge("nment of", false).ShouldBe(true);
        word.Judge("nments", false).ShouldBe(false);
        word.Judge("nor", false).ShouldBe(false);
        word.Judge("nm", true).ShouldBe(false);
    }
}
