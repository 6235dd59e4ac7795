using Tessera.Models.State;

namespace Tessera.Models.Tests.Probes;

/// <summary>Fork and rollback of a recurrent model.</summary>
public sealed class MambaRollbackProbe
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 20).Select(i => i * 13 % 61)];

    [Fact]
    public void AForkAndATakenBackDraftLeaveNoTrace()
    {
        using var model = ToyModels.Language(ToyModels.Mamba());
        var options = new SequenceOptions { Rollback = 4 };
        var plain = ProbeRun.Alone(model, Ids, options);
        using var sequence = model.NewSequence(options);
        ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 12));
        using var fork = sequence.Fork();
        ProbeRun.Logits(model, fork, [1, 2, 3]);
        ProbeRun.Logits(model, sequence, [Ids[12], Ids[13], 50, 51]); // a draft whose second half is wrong
        sequence.Truncate(14);
        ProbeRun.Logits(model, sequence, Ids.AsSpan(14)).ShouldBe(plain[(14 * 61)..]);
        fork.Truncate(12);
        ProbeRun.Logits(model, fork, Ids.AsSpan(12)).ShouldBe(plain[(12 * 61)..]);
    }

    [Fact]
    public void MoreThanWasKeptCannotBeTakenBack()
    {
        using var model = ToyModels.Language(ToyModels.Mamba());
        using var sequence = model.NewSequence(new SequenceOptions { Rollback = 4 });
        foreach (var id in Ids) ProbeRun.Logits(model, sequence, [id]);
        Should.Throw<NotSupportedException>(() => sequence.Truncate(10));
        sequence.Length.ShouldBe(20);
    }
}
