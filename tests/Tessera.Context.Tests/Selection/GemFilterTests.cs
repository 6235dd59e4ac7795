using Tessera.Context.Selection;
using Tessera.Context.Tests.Policies;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Selection;

public class GemFilterTests
{
    [Fact]
    public void WhatIsKeptHasTheHighestScoresInOrder()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = PolicyRun.NewPass();
        var (scores, kept) = new GemFilter(layer: 1, keep: 7).Choose(model, pass, PolicyRun.Ids);
        (scores.Length, kept.Length).ShouldBe((90, 7));
        kept.ShouldBeInOrder();
        var least = kept.Min(i => scores[i]);
        Enumerable.Range(0, 90).Except(kept).ShouldAllBe(i => scores[i] <= least);
    }

    [Fact]
    public void AShortPromptStaysWhole()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = PolicyRun.NewPass();
        new GemFilter(layer: 0, keep: 100).Choose(model, pass, PolicyRun.Ids).Kept.ShouldBe([.. Enumerable.Range(0, 90)]);
    }

    [Fact]
    public void WhatMakesNoSenseIsRefused()
    {
        Should.Throw<ArgumentException>(() => new GemFilter(layer: -1));
        Should.Throw<ArgumentException>(() => new GemFilter(keep: 0));
        Should.Throw<ArgumentException>(() => new GemFilter(kernel: 4));
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = PolicyRun.NewPass();
        Should.Throw<ArgumentException>(() => new GemFilter(layer: 2).Choose(model, pass, PolicyRun.Ids)).Message.ShouldContain("2 layers");
    }
}
