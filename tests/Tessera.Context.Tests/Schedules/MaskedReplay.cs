using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Context.Tests;

/// <summary>
/// What a schedule computed, once more without its caches: one pass over all tokens, in which a row sees in each layer what was active there
/// when the row was computed. Rows that were not computed see themselves; no other row sees them there.
/// </summary>
internal static class MaskedReplay
{
    /// <summary>The logits of the last token of each recorded pass.</summary>
    public static float[][] Logits(LanguageModel model, int[] ids, int prompt, IReadOnlyList<RecordedSchedule.PassRecord> passes)
    {
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        sequence.Policy = new Masks(ids.Length, passes);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        var hidden = model.Run(pass, rows);
        return [.. Enumerable.Range(0, passes.Count).Select(p => model.Logits(pass, hidden, [prompt + p - 1]).Span.ToArray())];
    }

    private sealed class Masks(int count, IReadOnlyList<RecordedSchedule.PassRecord> passes) : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step)
        {
            var mask = new bool[count * count];
            for (var row = 0; row < count; row++) mask[row * count + row] = true;
            foreach (var pass in passes)
            {
                foreach (var row in pass.Computed[step.Layer])
                {
                    foreach (var other in pass.Active[step.Layer]) mask[row * count + other] = other <= row;
                }
            }

            return RowVisibility.FromMask(count, mask);
        }

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;
    }
}
