using Tessera.Models;

namespace Tessera.Models.Tests.Heads;

public class TokenStatisticsTests
{
    private const double Tight = 1e-6; // float32 exponentials (2 · 2⁻²⁴ each) of float32 differences

    // The two positions of the detection card: p = (.7, .2, .1) with the first token, (.5, .3, .2) with the second.
    [Theory]
    [InlineData(new[] { .7, .2, .1 }, 0, -0.356675, 1, -0.801819, 0.494387)]
    [InlineData(new[] { .5, .3, .2 }, 1, -1.203973, 2, -1.029653, 0.132964)]
    public void GivesTheWorkedNumbers(double[] p, int target, double logProbability, int rank, double mean, double varentropy)
    {
        var s = TokenStatistics.Compute(Logits(p), target);

        s.LogProbability.ShouldBe(logProbability, Tight);
        s.Rank.ShouldBe(rank);
        s.MeanLogProbability.ShouldBe(mean, Tight);
        s.Entropy.ShouldBe(-mean, Tight);
        s.Varentropy.ShouldBe(varentropy, Tight);
        s.MaxLogProbability.ShouldBe(Math.Log(p[0]), Tight);
        s.TopPMass.ShouldBe(p.Take(rank).Sum(), Tight);
        s.SurprisalBits.ShouldBe(-logProbability / Math.Log(2), Tight);
    }

    [Fact]
    public void AgreesWithDoubleArithmeticAtEveryLengthAroundTheVectorWidthAndTheBlock()
    {
        foreach (var length in Enumerable.Range(1, 70).Concat([4095, 4096, 4097, 8192, 10_001]))
        {
            var row = Row(length, seed: (uint)length, spread: 4);
            var target = length / 3;
            var expected = Reference(row, target);
            var top = new TokenAlternative[Math.Min(length, 7) + 2];

            var s = TokenStatistics.Compute(row, target, top);

            s.LogProbability.ShouldBe(expected.LogProbability, Tight, $"length {length}");
            s.Rank.ShouldBe(expected.Rank, $"length {length}");
            s.MeanLogProbability.ShouldBe(expected.MeanLogProbability, Tight, $"length {length}");
            s.Varentropy.ShouldBe(expected.Varentropy, 10 * Tight, $"length {length}");
            s.MaxLogProbability.ShouldBe(expected.MaxLogProbability, Tight, $"length {length}");
            s.TopPMass.ShouldBe(expected.TopPMass, Tight, $"length {length}");
            s.LogNormaliser.ShouldBe(expected.LogNormaliser, Tight, $"length {length}");
            top.Select(t => t.Id).ShouldBe(Best(row, top.Length), $"length {length}");
            foreach (var t in top.Where(t => t.Id >= 0))
                t.LogProbability.ShouldBe(row[t.Id] - expected.LogNormaliser, Tight);
        }
    }

    [Fact]
    public void ARowInPiecesOfWholeBlocksGivesTheSameBits()
    {
        var row = Row(49_152, 1, 5);
        var whole = new TokenAlternative[20];
        var pieces = new TokenAlternative[20];

        var sweep = new TokenStatisticsSweep(17, row[17], pieces);
        for (var i = 0; i < row.Length; i += 3 * TokenStatisticsSweep.BlockLength)
            sweep.Add(row.AsSpan(i, Math.Min(3 * TokenStatisticsSweep.BlockLength, row.Length - i)));

        sweep.Finish().ShouldBe(TokenStatistics.Compute(row, 17, whole));
        pieces.ShouldBe(whole);
    }

    [Fact]
    public void AConstantAddedToAllLogitsChangesNothing()
    {
        float[] row = [1.5f, -2.25f, 0.5f, 3, -8];
        var s = TokenStatistics.Compute(row, 2);
        var shifted = TokenStatistics.Compute(row.Select(x => x + 64).ToArray(), 2);

        shifted.ShouldBe(s with { LogNormaliser = shifted.LogNormaliser });
        shifted.LogNormaliser.ShouldBe(s.LogNormaliser + 64, 1e-12);
    }

    [Fact]
    public void TiesAreInFavourOfTheTargetAndAlternativesGoByAscendingId()
    {
        float[] row = [1, 2, 2, 0, 2];
        var top = new TokenAlternative[4];

        TokenStatistics.Compute(row, 4, top).Rank.ShouldBe(1);
        TokenStatistics.Compute(row, 0, top).Rank.ShouldBe(4);
        top.Select(t => t.Id).ShouldBe([1, 2, 4, 0]);
    }

    [Fact]
    public void ImpossibleTokensAreSkipped()
    {
        float[] row = [float.NegativeInfinity, 0, float.NegativeInfinity, 0, -200];
        var top = new TokenAlternative[4];

        var s = TokenStatistics.Compute(row, 0, top);

        s.LogProbability.ShouldBe(double.NegativeInfinity);
        s.Rank.ShouldBe(4);
        s.Entropy.ShouldBe(Math.Log(2), Tight);
        s.Varentropy.ShouldBe(0, Tight);
        s.TopPMass.ShouldBe(1, Tight);
        top.Select(t => t.Id).ShouldBe([1, 3, 4, -1]);
        top[2].LogProbability.ShouldBe(-200 - Math.Log(2), Tight);
    }

    [Fact]
    public void ACertainTokenLeavesNoEntropy()
    {
        var row = new float[5000];
        row[4999] = 1000; // the maximum comes in the last block and has to push everything before it aside

        var s = TokenStatistics.Compute(row, 4999);

        s.LogProbability.ShouldBe(0);
        s.Entropy.ShouldBe(0);
        s.Varentropy.ShouldBe(0);
        s.TopPMass.ShouldBe(1);
    }

    [Fact]
    public void LogitsAtTheEndsOfFloat32StayFinite()
    {
        var s = TokenStatistics.Compute([float.MaxValue, float.MinValue, 0], 1);

        s.LogProbability.ShouldBe((double)float.MinValue - float.MaxValue);
        s.Entropy.ShouldBe(0);
        s.Varentropy.ShouldBe(0);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "+∞")]
    public void ANumberThatIsNoLogitNamesThePositionAndTheToken(float bad, string shown)
    {
        foreach (var at in new[] { 0, 16, 4096, 4999 })
        {
            var row = new float[5000];
            row[at] = bad;
            var e = Should.Throw<LogitsException>(() => TokenStatistics.Compute(row, 1, default, position: 12));
            e.Position.ShouldBe(12);
            e.Message.ShouldBe($"Logits for position 12: the logit of token {at} is {shown}.");
        }
    }

    [Fact]
    public void ARowWithoutAPossibleTokenIsRefused()
    {
        var row = new float[20];
        row.AsSpan().Fill(float.NegativeInfinity);
        Should.Throw<LogitsException>(() => TokenStatistics.Compute(row, 1)).Message.ShouldContain("none of 20 tokens");
    }

    [Fact]
    public void ATargetOutsideTheRowIsAnArgumentError()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => TokenStatistics.Compute([0f, 1], 2)).ParamName.ShouldBe("target");
        Should.Throw<ArgumentOutOfRangeException>(() => TokenStatistics.Compute([0f, 1], -1)).ParamName.ShouldBe("target");
    }

    [Fact]
    public void NothingIsAllocated()
    {
        var row = Row(49_152, 3, 5);
        var top = new TokenAlternative[20];
        TokenStatistics.Compute(row, 5, top);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
            TokenStatistics.Compute(row, i, top);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static float[] Logits(double[] p) => p.Select(x => (float)Math.Log(x)).ToArray();

    private static float[] Row(int length, uint seed, double spread) =>
        Enumerable.Range(0, length).Select(i => (float)(spread * new RandomKey(seed, 0, (uint)i, RandomPurpose.Initialise).Normal())).ToArray();

    private static int[] Best(float[] row, int count) => Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i)
        .Take(count).Concat(Enumerable.Repeat(-1, Math.Max(0, count - row.Length))).ToArray();

    private static TokenStatistics Reference(float[] row, int target)
    {
        double max = row.Max();
        var z = row.Sum(x => Math.Exp(x - max));
        var p = row.Select(x => Math.Exp(x - max) / z).ToArray();
        var mean = p.Sum(q => q * Math.Log(q));
        return new TokenStatistics(
            target,
            Math.Log(p[target]),
            1 + row.Count(x => x > row[target]),
            row.Zip(p).Where(t => t.First >= row[target]).Sum(t => t.Second),
            mean,
            p.Sum(q => q * (Math.Log(q) - mean) * (Math.Log(q) - mean)),
            Math.Log(p.Max()),
            max + Math.Log(z));
    }
}
