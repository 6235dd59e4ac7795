using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>The draft tree that Token Recycling's authors publish.</summary>
internal sealed class RecyclingTemplateReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "token-recycling" && @case.Has("input") && @case.Input.Find("kind")?.AsString() == "template";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var paper = DraftTemplate.Paper;
        var levels = @case.Input["child_counts"].AsString()!;
        var counted = "levels " + string.Join(", ", paper.Depths.ToArray().GroupBy(d => d).Select(g => g.Count()));
        check.That(levels == counted, "input.child_counts", levels, counted);
        check.Equal(expected["nodes"], paper.Count);
        check.SameIds(expected["parent_of_node"], paper.Parents);
        check.SameIds(expected["rank_of_node"], paper.Ranks);
        check.SameIds(expected["depth_of_node"], paper.Depths);
        check.Equal(expected["leaf_paths"], paper.Count - paper.Parents.ToArray().Where(p => p >= 0).Distinct().Count());
    }
}
