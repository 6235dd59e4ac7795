namespace Tessera.Generation.Tests.Strategies.Recycling;

public class RecycledDraftTests
{
    private static (RecycledDraft Draft, AdjacencyMatrix Matrix) Small()
    {
        var matrix = new AdjacencyMatrix(10, 3);
        matrix.Set(5, [7, 9, 1]);
        matrix.Set(7, [8, 5]);
        return (new RecycledDraft(DraftTemplate.FromPaths([[0], [1], [0, 0]]), new CandidateRanking(matrix, null)), matrix);
    }

    [Fact]
    public void TokensAreLookedUpLevelByLevel()
    {
        var (draft, _) = Small();
        draft.Fill([5], 10, 80);
        draft.Tokens.ToArray().ShouldBe([5, 7, 9, 8]);
        draft.Parents.ToArray().ShouldBe([-1, 0, 0, 1]);
        draft.Drafted.ToArray().ShouldBe([7, 9]);
    }

    [Fact]
    public void TheWalkFollowsWhatWasChosen()
    {
        var (draft, _) = Small();
        draft.Fill([5], 10, 80);
        draft.Advance(7).ShouldBeTrue();
        draft.Drafted.ToArray().ShouldBe([8]);
        draft.Advance(8).ShouldBeTrue();
        draft.Advance(2).ShouldBeFalse();
        draft.Path.ToArray().ShouldBe([0, 1, 3]);

        draft.Fill([5], 10, 80);
        draft.Advance(9).ShouldBeTrue();
        draft.Path.ToArray().ShouldBe([0, 2]);

        draft.Fill([5], 10, 80);
        draft.Advance(1).ShouldBeFalse();
        draft.Path.ToArray().ShouldBe([0]);
    }

    [Fact]
    public void NothingFollowsAColdCellAndDepthAndNumberAreBounded()
    {
        var (draft, _) = Small();
        draft.Fill([3], 10, 80);
        draft.Count.ShouldBe(1);
        draft.Fill([5], 1, 80);
        draft.Tokens.ToArray().ShouldBe([5, 7, 9]);
        draft.Fill([5], 10, 1);
        draft.Tokens.ToArray().ShouldBe([5, 7]);
    }

    [Fact]
    public void EveryRowTeachesAndOfEqualTokensTheAcceptedOne()
    {
        var (draft, matrix) = Small();
        matrix.Set(7, [9, 5]); // 9 stands twice: at the first level and behind 7
        draft.Fill([5], 10, 80);
        draft.Tokens.ToArray().ShouldBe([5, 7, 9, 9]);
        var rows = new float[40];
        for (var row = 0; row < 4; row++) rows[row * 10 + row + 2] = 1;
        draft.Advance(7).ShouldBeTrue();
        draft.Advance(9).ShouldBeTrue();
        draft.Learn(rows);
        matrix[5].ToArray().ShouldBe([2, 0, 1]);
        matrix[7].ToArray().ShouldBe([3, 0, 1]);
        matrix[9].ToArray().ShouldBe([5, 0, 1]); // the accepted row

        matrix.Set(5, [7, 9]);
        matrix.Set(7, [9]);
        draft.Fill([5], 10, 80);
        draft.Learn(rows);
        matrix[9].ToArray().ShouldBe([4, 0, 1]); // none accepted: the one of the smaller depth
    }

    [Fact]
    public void TheMatrixTakesTheLargestLogitsInOrder()
    {
        var logits = new float[1000];
        for (var i = 0; i < logits.Length; i++) logits[i] = (float)new RandomKey(1, 0, 0, RandomPurpose.Sample).Normal((uint)i);
        logits[77] = logits[500] = logits[901] = 50; // equal: lower ids first
        logits[3] = float.NaN;
        var matrix = new AdjacencyMatrix(1000);
        matrix.Learn(4, logits);
        matrix[4].ToArray().ShouldBe([.. Enumerable.Range(0, 1000).Where(i => i != 3).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(8)]);
        matrix[5].ToArray().ShouldAllBe(i => i == -1);
    }

    [Fact]
    public void ThePapersTreeHasItsLevels()
    {
        var paper = DraftTemplate.Paper;
        paper.Count.ShouldBe(80);
        paper.Depths.ToArray().GroupBy(d => d).Select(g => g.Count()).ShouldBe([8, 21, 25, 15, 8, 3]);
        DraftTemplate.Deep.Depth.ShouldBe(12);
    }

    [Fact]
    public void WrongShapesAreRefused()
    {
        Should.Throw<ArgumentException>(() => DraftTemplate.FromPaths([[0], [1, 0]])).Message.ShouldContain("1.0");
        Should.Throw<ArgumentException>(() => DraftTemplate.FromPaths([[0], [0]])).Message.ShouldContain("twice");
        Should.Throw<ArgumentException>(() => DraftTemplate.FromPaths([]));
        Should.Throw<ArgumentException>(() => DraftTemplate.FromPaths([[]]));
        Should.Throw<ArgumentOutOfRangeException>(() => new AdjacencyMatrix(5, 6)); // more candidates than tokens
        Should.Throw<ArgumentOutOfRangeException>(() => new AdjacencyMatrix(5, 2).Set(5, []));
        Should.Throw<ArgumentOutOfRangeException>(() => new AdjacencyMatrix(5, 2).Set(1, [5]));
        Should.Throw<ArgumentException>(() => new AdjacencyMatrix(5, 2).Learn(1, new float[4]));
    }

    [Fact]
    public void FollowersComeByAgreementAndThenTheLatestFirst()
    {
        var text = new TextFollowers(10, 8);
        text.Replace([1, 2, 3, 9, 2, 4, 1, 2, 5, 2]);
        var followers = new int[4];
        text.Rank([2, 9], followers, out var longest).ShouldBe(3);
        longest.ShouldBe(2);
        followers[..3].ShouldBe([4, 5, 3]); // behind 9 it was 4; then 5, the latest, and 3
        text.Rank([2, 1], followers, out _).ShouldBe(3);
        followers[..3].ShouldBe([5, 3, 4]);
        text.Rank([7], followers, out longest).ShouldBe(0);
        longest.ShouldBe(0);

        text.Replace([1, 2, 3]);
        text.Rank([2], followers, out _).ShouldBe(1);
        text.Rank([9], followers, out _).ShouldBe(0); // forgotten
        text.Replace([1, 2, 3, 1]);
        text.Text.Length.ShouldBe(4);
    }
}
