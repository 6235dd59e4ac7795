using Tessera.Cli.Tests;
using Tessera.Generation;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Tokenization;

public sealed class TokenizerReproductionTests
{
    private const string Model = "smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
    private static readonly string s_story = string.Join('\n', Enumerable.Range(0, 400).Select(static i => $"The ship number {i} left the harbour in the morning, and by noon nobody on board could see the land any more."));
    private static readonly string s_law = string.Join('\n', Enumerable.Range(0, 400).Select(static i => $"Section {i} of the statute applies to any person who fails to notify the authority within thirty days."));

    [Fact]
    public async Task TokensBringAModelWithoutMemoryNearTheEntropyRate()
    {
        var report = await Run(new MarkovTheoryReproduction(training: 40_000, test: 20_000));
        report.Verdict.ShouldNotBe(Verdict.NotReproduced); // of texts a tenth of the usual length
        report.Tables.Single().Rows.Count.ShouldBe(8);
        report.Charts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task MorphemesKeepTheirBorders()
    {
        var report = await Run(new MorphemeReproduction(words: 4_000));
        report.Claims.Count.ShouldBe(1);
        report.Tables.Single().Rows.Count.ShouldBe(3);
        report.Verdict.ShouldNotBe(Verdict.NotReproduced);
    }

    [Fact]
    public async Task SupertokensAndDomainsAreMeasuredOnTheTexts()
    {
        (await Run(new SupertokenReproduction(characters: 20_000, largest: 1_000))).Claims.Single().Verdict.ShouldNotBe(Verdict.NotReproduced);
        var domains = await Run(new DomainTokenizerReproduction(characters: 20_000, size: 1_024));
        domains.Tables[0].Columns.ShouldBe(["trained on", "story.txt", "law.txt"]);
        domains.Claims[0].Verdict.ShouldNotBe(Verdict.NotReproduced);
    }

    [Fact]
    public async Task WhatIsNeededIsSaid()
    {
        SharedFiles.Model(Model); // skips here, not within the call that is to throw
        (await Should.ThrowAsync<ArgumentException>(() => Run(new SupertokenReproduction()))).Message.ShouldContain("--texts");
        (await Should.ThrowAsync<ArgumentException>(() => Run(new QtokReproduction()))).Message.ShouldContain("scripts");
    }

    private static async Task<ReproductionReport> Run(IReproduction reproduction)
    {
        using var model = ModelPackage.Load(SharedFiles.Model(Model));
        var context = new ReproductionContext { Model = model, Texts = [new("story.txt", s_story), new("law.txt", s_law)], Pool = ComputePool.Shared };
        return await reproduction.RunAsync(context, new Ignored(), TestContext.Current.CancellationToken);
    }

    private sealed class Ignored : IProgress<ReproductionProgress>
    {
        public void Report(ReproductionProgress value) => value.Done.ShouldBeInRange(0, 1);
    }
}
