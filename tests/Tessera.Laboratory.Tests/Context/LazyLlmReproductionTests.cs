using Tessera.Cli.Tests;
using Tessera.Generation;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Context;

public sealed class LazyLlmReproductionTests
{
    [Fact]
    public async Task ASmallRunMeasuresEveryScheduleAgainstThePlainModel()
    {
        using var model = ModelPackage.Load(SharedFiles.Model("smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"));
        const string text = "The ship left the harbour in the morning, and by noon nobody on board could see the land any more. ";
        var texts = new[] { "one", "two" }.Select(name => new ReproductionText(name, name + string.Concat(Enumerable.Repeat(text, 4)))).ToArray();
        var context = new ReproductionContext { Model = model, Texts = texts, Pool = ComputePool.Shared };
        var seen = new Shares();
        var report = await new LazyLlmReproduction(texts: 2, prompt: 40, steps: 2).RunAsync(context, seen, TestContext.Current.CancellationToken);
        report.Claims.Count.ShouldBe(3);
        var rows = report.Tables.Single().Rows;
        rows.Count.ShouldBe(10);
        rows[0].ShouldContain("plain");
        rows[0][5].ShouldBe("100 %"); // the plain model agrees with itself
        rows.Select(r => r[1]).Distinct().Count().ShouldBe(4); // three amounts of work less than all
        seen.Last.ShouldBeInRange(0.9, 1.0);
        await Should.ThrowAsync<ArgumentException>(() =>
            new LazyLlmReproduction(texts: 3, prompt: 40, steps: 2).RunAsync(context, seen, TestContext.Current.CancellationToken));
    }

    private sealed class Shares : IProgress<ReproductionProgress>
    {
        public double Last { get; private set; }

        public void Report(ReproductionProgress value)
        {
            value.Done.ShouldBeInRange(Last, 1);
            Last = value.Done;
        }
    }
}
