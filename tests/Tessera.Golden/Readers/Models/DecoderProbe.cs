using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Runs a decoder in exact mode through its public door and copies what came out. Knows nothing of cases.</summary>
internal static class DecoderProbe
{
    /// <summary>The logits of every row, [rows, vocabulary]; all sequences run in one ragged pass.</summary>
    public static float[] Logits(LanguageModel model, IReadOnlyList<ProbeRows> sequences, HookTable? hooks = null, Action<RowBatch>? prepare = null, CancellationToken cancellation = default) =>
        Logits(model, sequences, SequenceOptions.Exact, hooks, prepare, cancellation);

    /// <summary>The same over sequences that are made in a way of their own.</summary>
    public static float[] Logits(
        LanguageModel model, IReadOnlyList<ProbeRows> sequences, SequenceOptions options, HookTable? hooks = null, Action<RowBatch>? prepare = null, CancellationToken cancellation = default)
    {
        using var pass = NewPass(hooks);
        var states = sequences.Select(_ => model.NewSequence(options)).ToList();
        try
        {
            var rows = new RowBatch();
            for (var i = 0; i < states.Count; i++) Add(rows, states[i], sequences[i]);
            prepare?.Invoke(rows);
            var hidden = model.Run(pass, rows, cancellation);
            return model.Head.Logits(pass, hidden).Span.ToArray();
        }
        finally
        {
            foreach (var state in states) state.Dispose();
        }
    }

    /// <summary>The logits of one sequence that runs in pieces of the given lengths, each behind what came before.</summary>
    public static float[] LogitsInPieces(LanguageModel model, int[] ids, IEnumerable<int> pieces, CancellationToken cancellation)
    {
        using var pass = NewPass(null);
        using var state = model.NewSequence(SequenceOptions.Exact);
        var logits = new List<float>();
        var rows = new RowBatch();
        var at = 0;
        foreach (var length in pieces)
        {
            rows.Clear();
            rows.Add(state, ids.AsSpan(at, length));
            logits.AddRange(model.Head.Logits(pass, model.Run(pass, rows, cancellation)).Span);
            at += length;
        }

        return at == ids.Length ? [.. logits] : throw new GoldenFormatException("input", $"pieces of {at} tokens for {ids.Length}");
    }

    /// <summary>Everything that reading hooks see at the given points in one pass, with the logits.</summary>
    public static Capture Run(LanguageModel model, IReadOnlyList<ProbeRows> sequences, IEnumerable<HookPoint> points, CancellationToken cancellation = default)
    {
        var capture = new Capture();
        var hooks = new HookTable();
        foreach (var point in points) hooks.Read(point, (in HookContext context, ReadOnlySpan<float> values) => capture.Values[(context.Point, context.Layer)] = values.ToArray());
        capture.Logits = Logits(model, sequences, hooks, null, cancellation);
        return capture;
    }

    /// <summary>
    /// The attention weights of a layer, [heads, rows, rows], read out of the engine's own attention: the values of key j are replaced by
    /// the unit vector j, so that each head's output is the row of its weights, a head's width of keys at a time.
    /// </summary>
    public static float[] AttentionWeights(Stack stack, int layer, int rows, Action<HookTable> run)
    {
        var attention = ((TransformerBlock)stack.Blocks[layer]).Attention;
        var (heads, size) = (attention.Heads, attention.HeadSize);
        var weights = new float[heads * rows * rows];
        for (var first = 0; first < rows; first += size)
        {
            var hooks = new HookTable();
            var from = first;
            hooks.Edit(HookPoint.V, (in HookContext _, Span<float> values) =>
            {
                values.Clear();
                for (var key = from; key < Math.Min(rows, from + size); key++)
                {
                    for (var head = 0; head < attention.KvHeads; head++) values[(key * attention.KvHeads + head) * size + key - from] = 1;
                }
            }, layer, layer);
            hooks.Read(HookPoint.HeadOut, (in HookContext _, ReadOnlySpan<float> values) =>
            {
                for (var query = 0; query < rows; query++)
                {
                    for (var head = 0; head < heads; head++)
                    {
                        for (var key = from; key < Math.Min(rows, from + size); key++)
                            weights[(head * rows + query) * rows + key] = values[(query * heads + head) * size + key - from];
                    }
                }
            }, layer, layer);
            run(hooks);
        }

        return weights;
    }

    /// <summary>A pass in exact mode.</summary>
    public static Pass NewPass(HookTable? hooks) => new(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks });

    /// <summary>Adds a sequence's rows.</summary>
    public static void Add(RowBatch rows, Sequence state, ProbeRows sequence) => rows.Add(state, sequence.Ids, sequence.Positions, sequence.Visibility, sequence.TokenTypes);
}
