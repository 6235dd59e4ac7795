using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Attention;

public static unsafe partial class AttentionOperation
{
    /// <summary>
    /// Carries the gradient of the output back to queries, keys and values (summed over the query heads of a KV head) and to what the rule
    /// has learnt. The states must still hold what the forward left in them.
    /// </summary>
    /// <param name="pool">The threads; their number changes no bit.</param>
    /// <param name="scratch">Working memory, of one call at a time.</param>
    /// <param name="rule">The forward's rule.</param>
    /// <param name="spans">The forward's spans. States are F32; one that was appended to held nothing before.</param>
    /// <param name="inputs">The forward's arrays.</param>
    /// <param name="gradients">The gradient of the output, and where to add the others.</param>
    /// <exception cref="NotSupportedException">A state is not F32, or held rows before the pass: their gradient would be lost.</exception>
    public static void Backward(
        ComputePool pool, AttentionScratch scratch, AttentionRule rule, ReadOnlySpan<AttentionSpan> spans, in AttentionInputs inputs, in AttentionGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(scratch);
        ArgumentNullException.ThrowIfNull(rule);
        Check(spans, inputs);
        CheckDifferentiable(spans);
        scratch.Begin(spans, pool.Threads);
        try
        {
            for (var s = 0; s < spans.Length; s++)
            {
                for (var head = 0; head < spans[s].State.Heads; head++) scratch.Add(new AttentionItem { Span = s, KvHead = head });
            }

            var parameters = rule.ParameterCount;
            var partials = scratch.Shared.Floats((long)parameters * scratch.ItemCount);
            System.Runtime.InteropServices.NativeMemory.Clear(partials, (nuint)((long)parameters * scratch.ItemCount * sizeof(float)));
            var job = new BackwardJob { Scratch = scratch, Rule = rule, Inputs = inputs, Gradients = gradients, RuleGradients = partials };
            pool.For(scratch.ItemCount, ref job);
            for (var item = 0; gradients.Rule is not null && item < scratch.ItemCount; item++)
            {
                for (var p = 0; p < parameters; p++) gradients.Rule[p] += partials[(long)item * parameters + p];
            }
        }
        finally
        {
            scratch.End();
        }
    }

    private static void CheckDifferentiable(ReadOnlySpan<AttentionSpan> spans)
    {
        for (var s = 0; s < spans.Length; s++)
        {
            var state = spans[s].State;
            if (state.Options.KeyFormat != TensorFormat.F32 || state.Options.ValueFormat != TensorFormat.F32)
                throw new NotSupportedException($"The backward of attention needs an F32 state; this one holds {state.Options.KeyFormat} and {state.Options.ValueFormat}.");
            if (!spans[s].ReadOnly && (!state.Uniform || state.SlotCount(0) != spans[s].RowCount))
                throw new NotSupportedException("The backward of attention needs a state that held nothing before the pass.");
            if (GatheredHead.IsNeeded(spans[s])) throw new NotSupportedException("The backward of attention goes neither through chosen slots nor through raw keys.");
            for (var other = 0; other < s; other++)
            {
                if (ReferenceEquals(spans[other].State, state)) throw new ArgumentException("A state occurs twice; its gradients would be added by two threads at once.", nameof(spans));
            }
        }
    }

    private struct BackwardJob : IParallelJob
    {
        public AttentionScratch Scratch;
        public AttentionRule Rule;
        public AttentionInputs Inputs;
        public AttentionGradients Gradients;
        public float* RuleGradients;

        public readonly void Run(int part, int worker)
        {
            var arena = Scratch.Worker(worker);
            arena.Reset();
            ref readonly var item = ref Scratch.Items[part];
            var rule = new Span<float>(RuleGradients + (long)part * Rule.ParameterCount, Rule.ParameterCount);
            new AttentionBackward(Rule, Inputs, Gradients, Scratch.Spans[item.Span], item.KvHead, rule, arena).Run();
        }
    }
}
