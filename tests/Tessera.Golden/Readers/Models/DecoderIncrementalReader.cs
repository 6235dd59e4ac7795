using Tessera.Models;

namespace Tessera.Golden;

/// <summary>The engine against itself: one full forward, a decode one token at a time, and one in the given chunks, in the tolerance for cached decoding.</summary>
internal sealed class DecoderIncrementalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("expected") && @case.Expected.Has("max_abs_difference_one_by_one")
        && @case.Input.Has("input_ids") && !@case.Input.Has("decoder_input_ids") && !@case.Expected.Has("conv_state.0") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);
        var ids = @case.Input["input_ids"].AsIntRows()[0];
        var tolerance = new Tolerance(@case.File.Tolerance("incremental"));
        var full = DecoderProbe.Logits(model, [new ProbeRows(ids)], cancellation: cancellationToken);
        ModelChecks.WaiveRemarks(@case.Expected);
        Compare("one by one", Enumerable.Repeat(1, ids.Length));
        if (@case.Expected.Find("chunks") is { } chunks) Compare("in chunks", chunks.AsInts());

        void Compare(string path, IEnumerable<int> pieces)
        {
            var wanted = GoldenTensor.FromNumbers("the full forward", [ids.Length, model.VocabularySize], [.. full.Select(static v => (double)v)]);
            check.Tensor(path, wanted, DecoderProbe.LogitsInPieces(model, ids, pieces, cancellationToken), tolerance);
        }
    }
}
