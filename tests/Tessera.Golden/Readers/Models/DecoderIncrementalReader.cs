using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.Scan;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>The engine against itself: one full forward, a decode one token at a time, and one in the given chunks, in the tolerance for cached decoding.</summary>
internal sealed class DecoderIncrementalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("expected") && @case.Expected.Has("max_abs_difference_one_by_one")
        && @case.Input.Has("input_ids") && !@case.Input.Has("decoder_input_ids") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);
        var ids = @case.Input["input_ids"].AsIntRows()[0];
        var tolerance = new Tolerance(@case.File.Tolerance("incremental"));
        var full = DecoderProbe.Logits(model, [new ProbeRows(ids)], cancellation: cancellationToken);
        ModelChecks.WaiveRemarks(@case.Expected);
        Compare("one by one", Enumerable.Repeat(1, ids.Length));
        if (@case.Expected.Find("chunks") is { } chunks) Compare("in chunks", chunks.AsInts());
        if (@case.Expected.Has("conv_state.0")) RecurrentStates(check, @case.Expected, model, ids, cancellationToken);

        void Compare(string path, IEnumerable<int> pieces)
        {
            var wanted = GoldenTensor.FromNumbers("the full forward", [ids.Length, model.VocabularySize], [.. full.Select(static v => (double)v)]);
            check.Tensor(path, wanted, DecoderProbe.LogitsInPieces(model, ids, pieces, cancellationToken), tolerance);
        }
    }

    // What a recurrent layer holds after a decode one token at a time: the last inputs of its convolution, oldest first, and its recurrent floats.
    private static void RecurrentStates(GoldenCheck check, GoldenValue expected, LanguageModel model, int[] ids, CancellationToken cancellation)
    {
        var hidden = ModelChecks.Hidden(expected.File);
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        foreach (var id in ids)
        {
            rows.Clear();
            rows.Add(sequence, [id]);
            model.Run(pass, rows, cancellation);
        }

        for (var layer = 0; layer < sequence.States.Count; layer++)
        {
            var state = (RecurrentState)sequence.States[layer];
            var window = new float[state.Channels * state.Window];
            state.ReadWindow(window);
            check.Tensor(expected[$"conv_state.{layer}"], window, hidden);
            var recurrent = new float[state.Size];
            SelectiveScan.ReadState(state, state.Size / state.Channels, recurrent); // as [channels, state size], whatever the scan's own order
            check.Tensor(expected[$"recurrent_state.{layer}"], recurrent, hidden);
        }
    }
}
