using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// Rows behind a common prefix that form a tree: once with the whole mask in one pass, once with the prefix cached and the tree behind it,
/// and each path run alone.
/// </summary>
internal sealed class TreeMaskReader : IGoldenReader
{
    private const string ParentKey = "parent_of_tree_row";

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("visible") && @case.Input.Has("prefix")
        && @case.Input.Has("position_ids") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);
        var ids = input["input_ids"].AsIntRows()[0];
        var positions = input["position_ids"].AsIntRows()[0];
        var visible = input["visible"].AsIntRows();
        var prefix = input["prefix"].AsInt();
        var parents = input.Properties.Single(static p => p.Key.StartsWith(ParentKey, StringComparison.Ordinal)).Value.AsInts();
        var expected = @case.Expected["logits"];
        var tolerance = ModelChecks.Logits(@case.File);
        ModelChecks.WaiveRemarks(@case.Expected);

        var mask = RowVisibility.FromMask(ids.Length, visible.SelectMany(static row => row.Select(static v => v != 0)).ToArray());
        var whole = DecoderProbe.Logits(model, [new ProbeRows(ids, positions, mask)], cancellation: cancellationToken);
        check.Tensor(expected, whole, tolerance);

        var tree = expected.AsTensor().Values[(prefix * model.VocabularySize)..];
        var wanted = GoldenTensor.FromNumbers("tree", [ids.Length - prefix, model.VocabularySize], [.. tree]);
        check.Tensor("behind a cached prefix", wanted, Cached(model, ids, positions, prefix, parents, cancellationToken), tolerance);
        check.Tensor("each path alone", wanted, Paths(model, ids, prefix, parents, cancellationToken), tolerance);
    }

    private static float[] Cached(LanguageModel model, int[] ids, int[] positions, int prefix, int[] parents, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids.AsSpan(0, prefix));
        model.Run(pass, rows, cancellation);
        rows.Clear();
        rows.Add(sequence, ids.AsSpan(prefix), positions.AsSpan(prefix), RowVisibility.Tree(parents));
        return model.Head.Logits(pass, model.Run(pass, rows, cancellation)).Span.ToArray();
    }

    private static float[] Paths(LanguageModel model, int[] ids, int prefix, int[] parents, CancellationToken cancellation)
    {
        var logits = new List<float>();
        for (var row = 0; row < parents.Length; row++)
        {
            var path = new Stack<int>();
            for (var at = row; at >= 0; at = parents[at]) path.Push(ids[prefix + at]);
            var all = DecoderProbe.Logits(model, [new ProbeRows([.. ids[..prefix], .. path])], cancellation: cancellation);
            logits.AddRange(all[^model.VocabularySize..]);
        }

        return [.. logits];
    }
}
