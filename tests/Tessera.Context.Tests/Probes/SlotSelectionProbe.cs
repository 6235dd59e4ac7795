using Tessera.Context.Tests.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Probes;

/// <summary>The seam of selections: choosing all slots changes no bit; choosing some is attention over these alone.</summary>
public class SlotSelectionProbe
{
    [Fact]
    public void AllSlotsArePlainAttentionAndSomeSlotsAreASmallerCache()
    {
        var plain = PolicyRun.Logits((IAttentionPolicy?)null, PolicyRun.Ids, 50);
        PolicyRun.ShouldBeSame(PolicyRun.Logits(new Chosen(_ => true), PolicyRun.Ids, 50), plain);

        using var model = ToyModels.Language(ToyModels.Llama());
        using var cut = model.NewSequence(SequenceOptions.Exact);
        using var pass = PolicyRun.NewPass();
        PolicyRun.Logits(model, cut, PolicyRun.Ids[..50], 50);
        using var read = cut.Fork();
        foreach (var state in cut.States.Cast<KeyValueState>()) state.Compact(KeepPlan.Same(2, [.. Enumerable.Range(0, 50).Where(slot => slot % 3 != 1)]));
        read.Policy = new Chosen(slot => slot % 3 != 1);
        PolicyRun.Step(model, pass, read, [7]).ShouldBe(PolicyRun.Step(model, pass, cut, [7]));
    }

    private sealed class Chosen(Func<int, bool> chosen) : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;
        public RowVisibility? BeforeAttention(in AttentionStep step) => RowVisibility.FromSlots([[.. Enumerable.Range(0, step.State.SlotCount(0)).Where(chosen)]]);
        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;
        public IAttentionPolicy Fork() => this;
        public void Truncate(int length) { }
    }
}
