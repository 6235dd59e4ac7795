using Tessera.Context.Policies;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Policies;

/// <summary>What every policy that drops slots promises, beyond the contract of all policies.</summary>
public class EvictionPolicyTests
{
    public static TheoryData<string> Names => [.. Makers.Keys];

    private static Dictionary<string, Func<double, EvictionPolicy>> Makers { get; } = new()
    {
        ["h2o"] = b => new HeavyHitterOracle(b),
        ["h2o mean"] = b => new HeavyHitterOracle(b, score: HeavyHitterScore.Mean, decay: 0.9),
        ["tova"] = b => new Tova(b),
        ["tova newest"] = b => new Tova(b, keepNewest: true),
        ["streaming-llm"] = b => new StreamingLlm(b),
        ["window"] = b => new StreamingLlm(b, sinks: 0, positions: CachePositions.Keep),
        ["random"] = b => new RandomEviction(b, seed: 3),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void NoHeadHoldsMoreThanTheBudgetAfterAStep(string name)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => Makers[name](0.2) });
        using var pass = PolicyRun.NewPass();
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 50));
        for (var i = 50; i < 70; i++)
        {
            PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(i, 1));
            var use = CacheUse.Of(sequence);
            (use.LeastKept, use.MostKept, use.Tokens).ShouldBe((10, 10, i + 1));
            use.Bytes.ShouldBeLessThan(use.FullBytes);
        }

        // 10 slots lie on one page of each head; the pass's row may have begun another.
        ((KeyValueState)sequence.States[0]).Bytes.ShouldBeLessThanOrEqualTo(((KeyValueState)sequence.States[0]).FullBytes / 3 * 2);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void APromptInPiecesIsReadWholeBeforeAnythingGoes(string name)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => Makers[name](12) });
        using var whole = model.NewSequence(SequenceOptions.Exact with { Policy = () => Makers[name](12) });
        using var pass = PolicyRun.NewPass();
        sequence.RowsToCome = 25;
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 25));
        CacheUse.Of(sequence).MostKept.ShouldBe(25);
        sequence.RowsToCome.ShouldBe(0);
        var last = PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(25, 25));
        last.ShouldBe(PolicyRun.Step(model, pass, whole, PolicyRun.Ids.AsSpan(0, 50)));
        for (var head = 0; head < 2; head++) PolicyRun.Tokens(sequence, 1, head).ShouldBe(PolicyRun.Tokens(whole, 1, head));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatHasDroppedSlotsCantGoBackButCanBeginAnew(string name)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => Makers[name](0.2) });
        using var pass = PolicyRun.NewPass();
        var first = PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 50));
        Should.Throw<NotSupportedException>(() => sequence.Truncate(49)).Message.ShouldContain(sequence.Policy!.GetType().Name);
        sequence.Length.ShouldBe(50);
        sequence.Truncate(0);
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 50)).ShouldBe(first);
        CacheUse.Of(sequence).MostKept.ShouldBe(10);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-0.2)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    [InlineData(1e12)]
    public void BudgetsThatAreNoneAreRefused(double budget)
    {
        foreach (var make in Makers.Values) Should.Throw<ArgumentOutOfRangeException>(() => make(budget));
    }

    [Fact]
    public void OptionsOutOfRangeAreRefused()
    {
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(heavy: 1));
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(heavy: double.NaN));
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(2, heavy: 0.9)); // two heavy hitters, no recent token
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(decay: 0));
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(score: (HeavyHitterScore)9));
        Should.Throw<ArgumentException>(() => new HeavyHitterOracle(positions: (CachePositions)9));
        Should.Throw<ArgumentException>(() => new StreamingLlm(budget: 4));
        Should.Throw<ArgumentException>(() => new StreamingLlm(sinks: -1));
        Should.Throw<ArgumentException>(() => new Tova(when: (EvictionTime)9));
    }

    [Fact]
    public void APolicyThatRenumbersNeedsASequenceThatDoes()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        Should.Throw<ArgumentException>(() => sequence.Policy = new StreamingLlm(8)).Message.ShouldContain("raw keys");
    }
}
