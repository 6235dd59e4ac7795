using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Models.Tests.Probes;

/// <summary>Keys that are kept raw, and rebased after slots were dropped: what is left reads like a text of its own.</summary>
public sealed class RebasedKeysProbe
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 30).Select(i => i * 13 % 61)];
    private static readonly SequenceOptions Raw = SequenceOptions.Exact with { RawKeys = true };

    [Fact]
    public void RawKeysAloneChangeNoBit() => ProbeRun.Alone(ToyModels.Language(ToyModels.Llama()), Ids, Raw).ShouldBe(ProbeRun.Alone(ToyModels.Language(ToyModels.Llama()), Ids));

    [Fact]
    public void AfterEvictionTheNextRowsEqualAFreshPassOverTheKeptKeys()
    {
        using var model = ToyModels.Language(ToyModels.Llama(layers: 1)); // one layer: a kept key is that of its token alone
        int[] kept = [0, 1, 2, 19, 22, 23, 24];
        using var sequence = model.NewSequence(Raw with { Renumbers = true });
        sequence.Policy = new KeepOnce(kept);
        ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 25));
        var rebased = ProbeRun.Logits(model, sequence, Ids.AsSpan(25));
        int[] text = [.. kept.Select(t => Ids[t]), .. Ids[25..]];
        rebased.ShouldBe(ProbeRun.Alone(model, text)[(7 * 61)..]);
    }

    private sealed class KeepOnce(int[] slots) : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;

        public IAttentionPolicy Fork() => this; // remembers nothing

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) =>
            step.State.SlotCount(0) == 25 ? KeepPlan.Same(step.State.Heads, slots) : null;
    }
}
