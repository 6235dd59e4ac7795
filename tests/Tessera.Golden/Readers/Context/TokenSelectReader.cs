using Tessera.Context.Selection;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>TokenSelect over stored queries and keys before their rotation: probe, vote, choice, and attention over what was chosen.</summary>
internal sealed unsafe class TokenSelectReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("queries_before_rope") && @case.Input.Has("keys_before_rope") && @case.Input.Has("n_local") && @case.Has("expected") && @case.Expected.Has("attends_to_all");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected, file) = (@case.Input, @case.Expected, @case.File);
        var (initial, local, select) = (input["n_init"].AsInt(), input["n_local"].AsInt(), input["k"].AsInt());
        var run = new Recording(new TokenSelect(initial, local, select, input["max_pool_kernel"].AsInt()));
        var output = Attend(input, run, grouping: static (h, _, _) => h);
        check.Equal(expected["attends_to_all"], run.Choice is null);
        if (run.Choice is not { } choice) return;
        check.Tensor(expected["probe"], choice.Probe, new Tolerance(file.Tolerance("probe")));
        check.Tensor(expected["vote"], choice.Vote, new Tolerance(file.Tolerance("vote")));
        check.SameIds(expected["selected"], choice.Selected);
        var (tokens, rows) = (input["keys_before_rope"].Count, input["queries_before_rope"].Count);
        check.SameIds(expected["slots"], [.. choice.Slots, .. Enumerable.Range(tokens - rows, rows)]);
        check.Tensor(expected["attention_output"], output, new Tolerance(file.Tolerance("attention_output")));
        expected.Find("gap")?.Waive("tells how far apart the reference's votes are");
        Released(check, expected, input, initial, local);
    }

    // The authors' kernel lets query head h read KV head h mod KV heads. The vote is a sum over heads, so heads in another order show the same.
    private static void Released(GoldenCheck check, GoldenValue expected, GoldenValue input, int initial, int local)
    {
        var run = new Recording(new TokenSelect(initial, local, input["k"].AsInt(), input["max_pool_kernel"].AsInt()));
        Attend(input, run, grouping: static (h, heads, kvHeads) => h % (heads / kvHeads) * kvHeads + h / (heads / kvHeads));
        var selected = run.Choice!.Selected;
        check.SameIds(expected["selected_with_modulo_grouping"], selected);
        var ties = expected["ties_at_the_cut"].AsBool();
        var released = expected["released_code_slots"].AsInts();
        var middle = released.Where(s => s >= initial && s < input["keys_before_rope"].Count - local).ToArray();
        check.That(released.Length == initial + local + selected.Length && middle.Length == selected.Length, "expected.released_code_slots", "first, chosen and last slots", $"{released.Length} slots");
        var votes = run.Choice.Vote;
        var cut = selected.Min(s => votes[s - initial]);
        foreach (var slot in middle)
            check.That(selected.Contains(slot) || ties && votes[slot - initial] >= cut, "expected.released_code_slots", "the slots of the highest votes, any of equals", $"{slot}");
    }

    private static float[] Attend(GoldenValue input, Recording policy, Func<int, int, int, int> grouping)
    {
        var (q, k, v) = (input["queries_before_rope"].AsTensor(), input["keys_before_rope"].AsTensor(), input["values"].AsTensor());
        var (rows, heads, tokens, kvHeads, size) = (q.Shape[0], q.Shape[1], k.Shape[0], k.Shape[1], q.Shape[2]);
        var (keys, values, cached) = (k.ToSingles(), v.ToSingles(), k.Shape[0] - q.Shape[0]);
        var queries = new float[rows * heads * size];
        for (var row = 0; row < rows; row++)
        {
            for (var head = 0; head < heads; head++)
                for (var i = 0; i < size; i++) queries[(row * heads + head) * size + i] = (float)q.Values[(row * heads + grouping(head, heads, kvHeads)) * size + i];
        }

        var table = new RotaryTable(new RotarySettings { Theta = input["rope_theta"].AsDouble(), RotatedSize = size });
        using var state = new KeyValueState(kvHeads, size, options: KeyValueOptions.Full) { Rotation = table, Renumbers = true };
        state.Append(keys.AsSpan(0, cached * kvHeads * size), values.AsSpan(0, cached * kvHeads * size), [.. Enumerable.Range(0, cached)]);
        var output = new float[rows * heads * size];
        int[] positions = [.. Enumerable.Range(cached, rows)];
        using var scratch = new AttentionScratch();
        fixed (float* query = queries, key = &keys[cached * kvHeads * size], value = &values[cached * kvHeads * size], y = output)
        fixed (int* p = positions)
        {
            var inputs = new AttentionInputs { Heads = heads, Rows = rows, Queries = query, Keys = key, Values = value, Output = y, Positions = p };
            AttentionOperation.Forward(
                ComputePool.Shared, scratch, new SoftmaxRule((float)(1 / Math.Sqrt(size))), [new AttentionSpan(state, 0, rows, RowVisibility.Causal)], inputs, 0, [policy]);
        }

        return output;
    }

    // Keeps what was chosen.
    private sealed class Recording(TokenSelect policy) : IAttentionPolicy
    {
        public TokenSelection? Choice { get; private set; }

        public bool Renumbers => policy.Renumbers;

        public ObservationRequest? Observe(in AttentionStep step) => policy.Observe(step);

        public RowVisibility? BeforeAttention(in AttentionStep step)
        {
            Choice = policy.Choose(step);
            return policy.BeforeAttention(step);
        }

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => policy.AfterAttention(step, observations);

        public IAttentionPolicy Fork() => policy.Fork();

        public void Truncate(int length) => policy.Truncate(length);
    }
}
