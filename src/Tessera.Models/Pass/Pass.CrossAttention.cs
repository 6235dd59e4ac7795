using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>Attention to the encoder's output that each row's sequence reads: every row sees all of it.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="weights">The layer's cross attention.</param>
    /// <param name="layer">The layer: whose memory of each sequence is read.</param>
    /// <returns>[rows, width].</returns>
    /// <exception cref="InvalidOperationException">
    /// The projections of keys and values are trained, and the memory is not of this run: their gradient would be lost.
    /// </exception>
    public Value CrossAttention(Value x, AttentionWeights weights, int layer)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var q = Linear(x, weights.Query);
        var sequences = Rows.Sequences;
        if (_spans.Length < sequences.Length) _spans = new AttentionSpan[sequences.Length];
        var memories = _tape is null ? null : new TapedMemory?[sequences.Length];
        var takesGradient = q.Node >= 0;
        for (var i = 0; i < sequences.Length; i++)
        {
            var part = sequences[i];
            var memory = part.Sequence.Memories[layer];
            _spans[i] = new AttentionSpan(memory.Contents, part.First, part.Count, RowVisibility.Full) { ReadOnly = true };
            if (memories is null) continue;
            memories[i] = memory.Taped is { } taped && taped.Pass == this && taped.Run == Run ? taped : null;
            if (memories[i] is null && (weights.Key.IsTrained || weights.Value.IsTrained))
                throw new InvalidOperationException("The memory is of another run, so that its projections get no gradient: encode, remember and decode in one pass, with Continue between.");
            takesGradient |= memories[i] is { } found && (found.Keys.Node >= 0 || found.Values.Node >= 0);
        }

        var y = Output(q.Rows, q.Width, takesGradient);
        fixed (int* positions = Rows.Positions)
        {
            var inputs = new AttentionInputs { Heads = weights.Heads, Rows = q.Rows, Queries = q.Data, Output = y.Data, Positions = positions };
            AttentionOperation.Forward(Pool, _attention, weights.Rule, _spans.AsSpan(0, sequences.Length), inputs);
        }

        if (y.Node >= 0)
        {
            var record = new CrossSpans(_spans.AsSpan(0, sequences.Length).ToArray(), memories!, Rows.Positions.ToArray(), weights);
            Record(new TapeRecord { Operation = CrossAttendOperation.Instance, Output = y, A = q, Extra = record });
        }

        Array.Clear(_spans, 0, sequences.Length);
        return Linear(Hook(HookPoint.CrossHeadOut, layer, y), weights.Out);
    }

    private sealed record CrossSpans(AttentionSpan[] Spans, TapedMemory?[] Memories, int[] Positions, AttentionWeights Weights);

    // One sequence after the other: several may read one memory, whose gradient is then their sum in the order of the batch.
    private sealed class CrossAttendOperation : Operation
    {
        public static readonly CrossAttendOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (spans, memories, positions, weights) = (CrossSpans)record.Extra!;
            using var scratch = new AttentionScratch();
            fixed (int* position = positions)
            {
                var inputs = new AttentionInputs
                {
                    Heads = weights.Heads, Rows = record.A.Rows, Queries = record.A.Data, Output = record.Output.Data, Positions = position,
                };
                for (var i = 0; i < spans.Length; i++)
                {
                    var gradients = new AttentionGradients
                    {
                        Output = tape.Gradient(record.Output), Queries = tape.Gradient(record.A),
                        Keys = memories[i] is { } keys ? tape.Gradient(keys.Keys) : null, Values = memories[i] is { } values ? tape.Gradient(values.Values) : null,
                    };
                    AttentionOperation.Backward(tape.Pool, scratch, weights.Rule, spans.AsSpan(i, 1), inputs, gradients);
                }
            }
        }
    }
}
