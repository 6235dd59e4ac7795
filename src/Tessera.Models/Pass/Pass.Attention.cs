using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    private readonly AttentionScratch _attention = new();
    private AttentionSpan[] _spans = [];
    private IAttentionPolicy?[] _policies = [];
    private KeepPlan?[] _plans = [];

    /// <summary>
    /// Self-attention with its projections: queries, keys and values in one dispatch, their norms and rotation, attention over what each
    /// row's sequence holds and the rows of the pass that it sees, and the output projection. Rows of a sequence that keeps raw keys are not
    /// rotated here: its state turns keys, and the attention queries, when they are read.
    /// </summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="weights">The layer's attention.</param>
    /// <param name="layer">The layer: whose state of each sequence it appends to.</param>
    /// <returns>[rows, width].</returns>
    public Value Attention(Value x, AttentionWeights weights, int layer)
    {
        Span<Value> qkv = stackalloc Value[3];
        Linear(x, [weights.Query, weights.Key, weights.Value], qkv);
        var q = Hook(HookPoint.Q, layer, weights.QueryNorm is { } queryNorm ? Norm(qkv[0], queryNorm) : qkv[0]);
        var k = Hook(HookPoint.K, layer, weights.KeyNorm is { } keyNorm ? Norm(qkv[1], keyNorm) : qkv[1]);
        var v = Hook(HookPoint.V, layer, qkv[2]);
        if (weights.Rotary is { } rotary)
        {
            q = Rotate(q, weights.Heads, rotary, layer);
            k = Rotate(k, weights.KvHeads, rotary, layer);
        }

        q = Hook(HookPoint.QRot, layer, q);
        k = Hook(HookPoint.KRot, layer, k);
        return Linear(Hook(HookPoint.HeadOut, layer, Attend(q, k, v, weights, layer)), weights.Out);
    }

    // In place also under a tape, where only the node is new: nothing that is recorded before a rotation needs its input.
    private Value Rotate(Value x, int heads, RotaryTable table, int layer)
    {
        using var timing = Time(PassOperation.Rotate);
        if (HasRawKeys(layer))
        {
            if (x.Node >= 0) throw new NotSupportedException("A sequence that keeps raw keys can't be trained on.");
            foreach (ref readonly var part in Rows.Sequences)
            {
                if (!KeepsRawKeys(part, layer)) Rotate(x, part.First, part.Count, heads, table);
            }

            return x;
        }

        Rotate(x, 0, x.Rows, heads, table);
        if (x.Node < 0) return x;
        var y = new Value(x.Data, x.Rows, x.Width, _tape!.NewNode());
        Record(new TapeRecord { Operation = RotateOperation.Instance, Output = y, A = x, Weights = table, Extra = Rows.Positions.ToArray(), Index = heads });
        return y;
    }

    private void Rotate(Value x, int first, int count, int heads, RotaryTable table)
    {
        var positions = Rows.Positions.Slice(first, count);
        var highest = 0;
        foreach (var position in positions) highest = Math.Max(highest, position);
        table.Reach(highest);
        fixed (int* position = positions)
        {
            var kernel = new RotateRow { X = x.RowPointer(first), Width = x.Width, Heads = heads, Table = table, Positions = position };
            ForRows(count, x.Width, ref kernel);
        }
    }

    private bool HasRawKeys(int layer)
    {
        foreach (ref readonly var part in Rows.Sequences)
        {
            if (KeepsRawKeys(part, layer)) return true;
        }

        return false;
    }

    private static bool KeepsRawKeys(in RowBatch.SequenceRows part, int layer) => part.Sequence.States[layer] is KeyValueState { Rotation: not null };

    private Value Attend(Value q, Value k, Value v, AttentionWeights weights, int layer)
    {
        using var timing = Time(PassOperation.Attention);
        var y = Output(q.Rows, q.Width, q.Node >= 0 || k.Node >= 0 || v.Node >= 0 || weights.RuleWeights is { IsTrained: true });
        var logSumExp = y.Node >= 0 ? _arena.Floats((long)q.Rows * weights.Heads) : null;
        var sequences = Rows.Sequences;
        if (_spans.Length < sequences.Length) _spans = new AttentionSpan[sequences.Length];
        if (_policies.Length < sequences.Length)
        {
            _policies = new IAttentionPolicy?[sequences.Length];
            _plans = new KeepPlan?[sequences.Length];
        }

        var decides = false;
        for (var i = 0; i < sequences.Length; i++)
        {
            var part = sequences[i];
            _spans[i] = new AttentionSpan((KeyValueState)part.Sequence.States[layer], part.First, part.Count, part.Visibility) { RowsToCome = part.Sequence.RowsToCome };
            _policies[i] = part.Sequence.Policy ?? _schedules?.ObserverOf(part.Sequence);
            decides |= _policies[i] is not null;
        }

        fixed (int* positions = Rows.Positions, tokens = Rows.Tokens)
        {
            var inputs = new AttentionInputs
            {
                Heads = weights.Heads, Rows = q.Rows, Queries = q.Data, Keys = k.Data, Values = v.Data, Output = y.Data, Positions = positions,
                Tokens = tokens, LogSumExp = logSumExp,
            };
            var all = _spans.AsSpan(0, sequences.Length);
            if (decides) AttentionOperation.Forward(Pool, _attention, weights.Rule, all, inputs, layer, _policies.AsSpan(0, sequences.Length), _plans.AsSpan(0, sequences.Length));
            else AttentionOperation.Forward(Pool, _attention, weights.Rule, all, inputs);
        }

        for (var i = 0; decides && i < sequences.Length; i++)
        {
            if (_plans[i] is { } plan) sequences[i].Sequence.Plan(layer, plan);
        }

        if (y.Node >= 0)
        {
            var spans = new AttentionSpans(_spans.AsSpan(0, sequences.Length).ToArray(), Rows.Positions.ToArray(), weights);
            Record(new TapeRecord { Operation = AttendOperation.Instance, Output = y, A = q, B = k, C = v, Saved = logSumExp, Extra = spans });
        }

        Array.Clear(_spans, 0, sequences.Length); // a pass at rest keeps no sequence alive
        Array.Clear(_policies, 0, sequences.Length);
        Array.Clear(_plans, 0, sequences.Length);
        return y;
    }

    private sealed record AttentionSpans(AttentionSpan[] Spans, int[] Positions, AttentionWeights Weights);

    private sealed class AttendOperation : Operation
    {
        public static readonly AttendOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (spans, positions, weights) = (AttentionSpans)record.Extra!;
            using var scratch = new AttentionScratch();
            fixed (int* position = positions)
            {
                var inputs = new AttentionInputs
                {
                    Heads = weights.Heads, Rows = record.A.Rows, Queries = record.A.Data, Keys = record.B.Data, Values = record.C.Data,
                    Output = record.Output.Data, Positions = position, LogSumExp = record.Saved,
                };
                var gradients = new AttentionGradients
                {
                    Output = tape.Gradient(record.Output), Queries = tape.Gradient(record.A), Keys = tape.Gradient(record.B), Values = tape.Gradient(record.C),
                    Rule = weights.RuleWeights is { IsTrained: true } learnt ? learnt.GradientPointer : null,
                };
                AttentionOperation.Backward(tape.Pool, scratch, weights.Rule, spans, inputs, gradients);
            }
        }
    }

    private struct RotateRow : IRowKernel
    {
        public float* X;
        public int Width;
        public int Heads;
        public RotaryTable Table;
        public int* Positions;
        public bool Inverse;

        public readonly void Run(int row) => Table.Rotate(X + (long)row * Width, Heads, Width / Heads, Positions[row], Inverse);
    }

    // dx += dy rotated back. dy is complete and used by nobody else, so it is rotated where it lies.
    private sealed class RotateOperation : Operation
    {
        public static readonly RotateOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var x = record.A;
            var dy = tape.Gradient(record.Output);
            fixed (int* positions = (int[])record.Extra!)
            {
                var kernel = new RotateRow { X = dy, Width = x.Width, Heads = record.Index, Table = (RotaryTable)record.Weights!, Positions = positions, Inverse = true };
                ForRows(tape.Pool, x.Rows, x.Width, ref kernel);
            }

            RowArithmetic.AddScaled(dy, 1, checked((int)x.Count), tape.Gradient(x));
        }
    }
}
