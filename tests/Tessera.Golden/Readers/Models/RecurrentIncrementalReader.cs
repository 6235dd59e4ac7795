using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.Scan;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// A recurrent decoder against itself: one token at a time and in uneven pieces, bit for bit like the full forward; and the states that it ends
/// with against the reference's, [1, channels, kernel] and [1, channels, state size].
/// </summary>
internal sealed class RecurrentIncrementalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("expected") && @case.Expected.Has("conv_state.0")
        && @case.Expected.Has("recurrent_state.0") && @case.Input.Has("input_ids") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);
        var ids = @case.Input["input_ids"].AsIntRows()[0];
        @case.Expected["max_abs_difference_one_by_one"].Waive("what the reference's own cache costs");
        var full = DecoderProbe.Logits(model, [new ProbeRows(ids)], cancellation: cancellationToken);
        Same("one by one", Enumerable.Repeat(1, ids.Length));
        Same("in pieces", [ids.Length / 3, ids.Length / 2, ids.Length - ids.Length / 3 - ids.Length / 2]);
        States(@case, check, model, ids, cancellationToken);

        void Same(string path, IEnumerable<int> pieces)
        {
            var actual = DecoderProbe.LogitsInPieces(model, ids, pieces.Where(n => n > 0), cancellationToken);
            check.That(actual.AsSpan().SequenceEqual(full), path, "the bits of the full forward", "other logits");
        }
    }

    private static void States(GoldenCase @case, GoldenCheck check, LanguageModel model, int[] ids, CancellationToken cancellation)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("hidden"));
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        model.Run(pass, rows, cancellation);
        for (var layer = 0; layer < sequence.States.Count; layer++)
        {
            if (sequence.States[layer] is not RecurrentState state) throw new NotCoveredException($"layer {layer} has no recurrent state");
            var window = new float[state.Channels * state.Window];
            state.ReadWindow(window);
            check.Tensor(@case.Expected[$"conv_state.{layer}"], window, tolerance);
            var expected = @case.Expected[$"recurrent_state.{layer}"];
            var size = expected.AsTensor().Shape[^1];
            var recurrent = new float[state.Channels * size];
            SelectiveScan.ReadState(state, size, recurrent);
            check.Tensor(expected, recurrent, tolerance);
        }
    }
}
