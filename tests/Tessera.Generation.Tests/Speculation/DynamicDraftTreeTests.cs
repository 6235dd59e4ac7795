namespace Tessera.Generation.Tests.Speculation;

public class DynamicDraftTreeTests
{
    private static readonly double[][] Rows = [[.6, .3, .1], [.2, .5, .3], [.1, .1, .8]];

    private static double[] Row(IReadOnlyList<DynamicDraftTree.Node> nodes, int node) => Rows[node < 0 ? 0 : nodes[node].Token];

    [Fact]
    public void TheWorkedExample()
    {
        // Root A .6, B .3, C .1; behind A a token of .9, behind that one of .5; the draws take A, X, P, B.
        double[][] rows = [[.6, .3, .1, 0, 0, 0], [.1, 0, 0, .9, 0, 0], [0, 0, 0, 0, .5, .5], [0, 0, 0, 0, 1, 0]];
        double[] After(IReadOnlyList<DynamicDraftTree.Node> nodes, int node) => node < 0 ? rows[0] : nodes[node].Token switch { 0 => rows[1], 3 => rows[2], _ => rows[3] };
        double[] uniforms = [.1, .5, .1, .1];
        var used = 0;
        var tree = DynamicDraftTree.Grow(After, 4, null, () => uniforms[used++]);
        tree.Nodes.Select(n => n.Token).ShouldBe([0, 3, 4, 1]);
        tree.Nodes.Select(n => n.Parent).ShouldBe([-1, 0, 1, -1]);
        tree.Nodes.Select(n => n.Value).ShouldBe([.6, .54, .27, .3], 1e-12);
        tree.ExpectedAccepted.ShouldBe(1.71, 1e-12);
        tree.SlotsLeft.Take(2).ShouldBe([.3, .27], 1e-12);
    }

    [Fact]
    public void SlotsAreTakenInDescendingOrderOfValue()
    {
        var tree = DynamicDraftTree.Grow(Row, 12);
        tree.Nodes.Zip(tree.Nodes.Skip(1)).ShouldAllBe(pair => pair.Second.SlotValue <= pair.First.SlotValue + 1e-12);
        tree.SlotsLeft[0].ShouldBeLessThanOrEqualTo(tree.Nodes[^1].SlotValue + 1e-12);
        DynamicDraftTree.Grow(Row, 12, maxDepth: 1).Nodes.Count.ShouldBe(3); // all of the root's children, no more
        DynamicDraftTree.Grow(Row, 12, maxDepth: 2).Nodes.ShouldAllBe(n => n.Depth <= 2);
    }

    [Fact]
    public void ValuesAreWhatSampleAndMatchAcceptsOfTheDraftsOwnRows()
    {
        var tree = DynamicDraftTree.Grow(Row, 5);
        var (tokens, parents) = (tree.Nodes.Select(n => n.Token).ToArray(), tree.Nodes.Select(n => n.Parent).ToArray());
        var accepted = 0L;
        const int runs = 40_000;
        for (var run = 0; run < runs; run++)
        {
            var (key, used) = (new RandomKey(4, 0, (uint)run, RandomPurpose.Verify), 0u);
            accepted += DraftVerification.Verify(VerificationRule.SampleAndMatch, tokens, parents, n => Row(tree.Nodes, n), _ => [], () => key.Uniform(used++)).Accepted.Count;
        }

        ((double)accepted / runs).ShouldBe(tree.ExpectedAccepted, 0.03); // 4 standard deviations: 4 · 1.2 / √40,000
    }

    [Fact]
    public void LayersTakeOneCallEachAndKeepWhatIsWorthIt()
    {
        var tree = DynamicDraftTree.GrowLayers(Row, 50, .1);
        tree.Nodes.ShouldAllBe(n => n.SlotValue >= .1);
        tree.DraftCalls.ShouldBe(tree.Nodes.Max(n => n.Depth) + (tree.Nodes[^1].Value >= .1 ? 1 : 0));
        DynamicDraftTree.GrowLayers(Row, 3, .01).Nodes.Count.ShouldBe(3);
    }

    [Fact]
    public void WrongSettingsAreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => DynamicDraftTree.Grow(Row, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => DynamicDraftTree.Grow(Row, 4, maxDepth: 0));
        Should.Throw<ArgumentOutOfRangeException>(() => DynamicDraftTree.GrowLayers(Row, 4, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => DynamicDraftTree.GrowLayers(Row, 4, 1.1));
        Should.Throw<ArgumentException>(() => DynamicDraftTree.Grow((_, _) => [0, 0], 4));
    }
}
