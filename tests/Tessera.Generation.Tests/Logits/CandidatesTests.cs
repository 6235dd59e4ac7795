namespace Tessera.Generation.Tests.Logits;

public class CandidatesTests
{
    [Fact]
    public void TheBestAreThoseOfAFullSort()
    {
        foreach (var length in new[] { 1, 2, 7, 8, 9, 255, 256, 257, 1000, 5000, 49_152 })
        foreach (var ties in new[] { false, true })
        {
            var row = Rows.Normal(length, (uint)length, 3, ties);
            var sorted = Enumerable.Range(0, length).OrderByDescending(i => row[i]).ThenBy(i => i).ToArray();
            var candidates = Rows.Loaded(row);
            foreach (var count in new[] { 1, 2, 20, 40, 64, 256, 700, 1024, 4096, length }.Where(c => c <= length))
            {
                candidates.Best(count).ToArray().ShouldBe(sorted[..count], $"length {length}, count {count}, ties {ties}");

                var kept = Rows.Loaded(row);
                kept.KeepBest(count);
                kept.Ids.ToArray().ShouldBe(sorted[..count].Order().ToArray(), $"length {length}, count {count}, ties {ties}");
                kept.Logits.ToArray().ShouldBe(sorted[..count].Order().Select(i => row[i]).ToArray());
            }
        }
    }

    [Fact]
    public void SortedAndConstantRowsAreNoTrouble()
    {
        var rising = Enumerable.Range(0, 20_000).Select(i => (float)i).ToArray();
        Rows.Loaded(rising).Best(3).ToArray().ShouldBe([19_999, 19_998, 19_997]);
        Rows.Loaded(rising.Select(x => -x).ToArray()).Best(3).ToArray().ShouldBe([0, 1, 2]);
        Rows.Loaded(new float[20_000]).Best(3).ToArray().ShouldBe([0, 1, 2]);
        Rows.Loaded(0f, -0f, 0f).Best(2).ToArray().ShouldBe([0, 1]); // the two zeros are equal
    }

    [Fact]
    public void TieRulesDecideWhichOfEqualTokensStay()
    {
        float[] row = [1, 3, 2, 2, 0, 2, 2];
        int[] Kept(TieRule ties)
        {
            var candidates = Rows.Loaded(row);
            candidates.KeepBest(3, ties);
            return candidates.Ids.ToArray();
        }

        Kept(TieRule.LowerIds).ShouldBe([1, 2, 3]);
        Kept(TieRule.All).ShouldBe([1, 2, 3, 5, 6]);
    }

    [Fact]
    public void ImpossibleTokensAreLeftOutAndTheSetCanBeLoadedAgain()
    {
        var candidates = Rows.Loaded(1, float.NegativeInfinity, 2, float.NegativeInfinity);
        candidates.Ids.ToArray().ShouldBe([0, 2]);
        candidates.IndexOf(2).ShouldBe(1);
        candidates.IndexOf(1).ShouldBeLessThan(0);
        candidates.IndexOf(9).ShouldBeLessThan(0);

        candidates.KeepBest(1);
        candidates.Ids.ToArray().ShouldBe([2]);

        candidates.Load([4, 3, 2, 1]);
        candidates.Ids.ToArray().ShouldBe([0, 1, 2, 3]);
        candidates.Logits.ToArray().ShouldBe([4f, 3, 2, 1]);
    }

    [Fact]
    public void DrawsFollowTheProbabilities()
    {
        // 20,000 draws over 6 tokens: chi-square with 5 degrees of freedom stays below 20.5 with probability 0.999.
        double[] p = [.4, .25, .15, .1, .07, .03];
        var candidates = Rows.Loaded(Rows.OfProbabilities(p));
        const int Draws = 20_000;
        var counts = new int[p.Length];
        for (uint i = 0; i < Draws; i++)
            counts[candidates.Draw(new RandomKey(7, 0, i, RandomPurpose.Sample).Uniform())]++;

        p.Select((q, i) => Math.Pow(counts[i] - Draws * q, 2) / (Draws * q)).Sum().ShouldBeLessThan(20.5);
    }

    [Fact]
    public void DrawsWalkDownTheProbabilitiesOnLongFlatRowsToo()
    {
        var row = Rows.Normal(5000, 3, 0.1);
        var candidates = Rows.Loaded(row);
        var sorted = Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i).ToArray();
        var z = row.Sum(x => Math.Exp(x));
        foreach (var u in new[] { 0, 0.001, 0.1, 0.5, 0.9, 0.9999 })
        {
            var sum = 0.0;
            var expected = sorted.First(i => (sum += Math.Exp(row[i]) / z) > u);
            candidates.Draw(u).ShouldBe(expected, $"u = {u}");
        }

        candidates.Draw(1 - 1e-16).ShouldBe(sorted[^1]);
    }

    [Theory]
    [InlineData(float.NaN, "the logit of token 3 is NaN")]
    [InlineData(float.PositiveInfinity, "the logit of token 3 is +∞")]
    public void ARowThatIsNoDistributionNamesThePlace(float bad, string message)
    {
        var row = new float[20];
        row[3] = bad;
        var e = Should.Throw<Models.LogitsException>(() => new Candidates(20).Load(row, position: 5));
        e.Message.ShouldContain(message);
        e.Position.ShouldBe(5);

        row.AsSpan().Fill(float.NegativeInfinity);
        Should.Throw<Models.LogitsException>(() => new Candidates(20).Load(row)).Message.ShouldContain("none of 20 tokens");
        Should.Throw<ArgumentException>(() => new Candidates(21).Load(row)).Message.ShouldContain("20 logits");
    }
}
