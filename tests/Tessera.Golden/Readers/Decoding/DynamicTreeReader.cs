using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>DySpec's trees, grown slot by slot and layer by layer over Markov rows, with stored uniform numbers.</summary>
internal sealed class DynamicTreeReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "dyspec" && @case.Has("input") && @case.Input.Find("kind")?.AsString() is "greedy_expansion" or "threshold_layers";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var (rows, start, budget, uniforms) = (input["D"].AsDoubleRows(), input["start"].AsInt(), input["budget"].AsInt(), input["uniforms"].AsDoubles());
        int? depth = input.Find("max_depth") is { IsNull: false } most ? most.AsInt() : null;
        var used = 0;
        Func<double>? uniform = input.Find("mode")?.AsString() == "most_probable" ? null : () => uniforms[used++];
        double[] Row(IReadOnlyList<DynamicDraftTree.Node> nodes, int node) => rows[node < 0 ? start : nodes[node].Token];
        var tree = input["kind"].AsString() == "greedy_expansion"
            ? DynamicDraftTree.Grow(Row, budget, depth, uniform)
            : DynamicDraftTree.GrowLayers(Row, budget, input["theta"].AsDouble(), depth, uniform);

        var tolerance = new Tolerance(@case.File.FindTolerance("values") ?? 1e-9);
        check.SameIds(expected["tokens"], [.. tree.Nodes.Select(static n => n.Token)]);
        check.SameIds(expected["parents"], [.. tree.Nodes.Select(static n => n.Parent)]);
        check.SameIds(expected["depths"], [.. tree.Nodes.Select(static n => n.Depth)]);
        check.Tensor(expected["slot_values"], (ReadOnlySpan<double>)[.. tree.Nodes.Select(static n => n.SlotValue)], tolerance);
        check.Tensor(expected["node_values"], (ReadOnlySpan<double>)[.. tree.Nodes.Select(static n => n.Value)], tolerance);
        if (expected.Find("sum_of_node_values") is { } sum) check.Close(sum, tree.ExpectedAccepted, tolerance);
        if (expected.Find("slots_left") is { } left) check.Tensor(left, (ReadOnlySpan<double>)[.. tree.SlotsLeft], tolerance);
        if (expected.Find("draft_calls") is { } calls) check.Equal(calls, tree.DraftCalls);
        if (expected.Find("expected_accepted_if_target_equals_draft") is { } accepted) check.Close(accepted, Accepted(tree, Row), tolerance);
    }

    // Sample-and-match with the draft's own rows: a node is accepted with the product of its path's probabilities.
    private static double Accepted(DynamicDraftTree tree, DynamicDraftTree.RowOf row)
    {
        var reached = new double[tree.Nodes.Count];
        for (var node = 0; node < reached.Length; node++)
        {
            var (token, parent) = (tree.Nodes[node].Token, tree.Nodes[node].Parent);
            reached[node] = (parent < 0 ? 1 : reached[parent]) * row(tree.Nodes, parent)[token];
        }

        return reached.Sum();
    }
}
