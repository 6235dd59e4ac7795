using Tessera.Context.Selection;
using Tessera.Context.Tests.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Selection;

public class TokenSelectTests
{
    [Fact]
    public void FewTokensAreReadAsByTheOrdinaryModel() =>
        PolicyRun.ShouldBeSame(PolicyRun.Logits(new TokenSelect(10, 60, 20), PolicyRun.Ids, 50), PolicyRun.Logits((IAttentionPolicy?)null, PolicyRun.Ids, 50));

    [Fact]
    public void TheCacheStaysWholeAndAListIsReadOfIt()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var policy = new TokenSelect(2, 8, 5);
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => policy });
        using var pass = PolicyRun.NewPass();
        for (var at = 0; at < 48; at += 8) PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(at, 8));
        var selected = PolicyRun.Step(model, pass, sequence, [3]);
        CacheUse.Of(sequence).LeastKept.ShouldBe(49);
        policy.Chosen.ShouldBeGreaterThan(0);
        selected.ShouldNotBe(PolicyRun.Logits((IAttentionPolicy?)null, [.. PolicyRun.Ids[..48], 3], 48)[^1]);
    }

    [Fact]
    public void ASimilarQueryReadsWhatTheLastOneChose()
    {
        var always = new TokenSelect(2, 50, 5, similarity: -1);
        var never = new TokenSelect(2, 50, 5);
        PolicyRun.Logits(always, PolicyRun.Ids, 50);
        PolicyRun.Logits(never, PolicyRun.Ids, 50);
        (always.Chosen, never.Reused).ShouldBe((2, 0)); // the first choice of each of the two layers
        (always.Reused + always.Chosen).ShouldBe(never.Chosen);
    }

    [Fact]
    public void AForkAndABeginningAnewGiveTheSameBits()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => new TokenSelect(2, 40, 5, similarity: 0.5) });
        using var pass = PolicyRun.NewPass();
        PolicyRun.Logits(model, sequence, PolicyRun.Ids[..60], 40);
        using var fork = sequence.Fork();
        var expected = Enumerable.Range(60, 20).Select(i => PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(i, 1))).ToList();
        PolicyRun.ShouldBeSame([.. Enumerable.Range(60, 20).Select(i => PolicyRun.Step(model, pass, fork, PolicyRun.Ids.AsSpan(i, 1)))], expected);
        sequence.Truncate(0);
        PolicyRun.ShouldBeSame(PolicyRun.Logits(model, sequence, PolicyRun.Ids[..80], 40)[^20..], expected);
    }

    [Fact]
    public void AChunkLongerThanTheLocalTokensIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => new TokenSelect(2, 8, 5) });
        using var pass = PolicyRun.NewPass();
        Should.Throw<InvalidOperationException>(() => PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, 9))).Message.ShouldContain("local");
        sequence.Length.ShouldBe(0);
    }

    [Fact]
    public void OptionsOutOfRangeAreRefused()
    {
        Should.Throw<ArgumentException>(() => new TokenSelect(initial: -1));
        Should.Throw<ArgumentException>(() => new TokenSelect(local: 0));
        Should.Throw<ArgumentException>(() => new TokenSelect(select: 0));
        Should.Throw<ArgumentException>(() => new TokenSelect(pool: 4));
        Should.Throw<ArgumentException>(() => new TokenSelect(similarity: 1.5));
        Should.Throw<ArgumentException>(() => new TokenSelect(similarity: double.NaN));
    }

    [Fact]
    public void AModelWithoutRotationIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama() with { Rotary = [] });
        Should.Throw<NotSupportedException>(() => model.NewSequence(SequenceOptions.Exact with { Policy = () => new TokenSelect() })).Message.ShouldContain("rotation");
    }
}
