using Tessera.Evaluation.Statistics;

namespace Tessera.Evaluation.Tests.Statistics;

public sealed class McNemarTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 2.0 / 32)]
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(8, 2, 2 * (1 + 10 + 45) / 1024.0)]
    [InlineData(5, 5, 1)]
    public void SplitsAreAsUnlikelyAsThoseOfCoins(int first, int second, double expected) => McNemar.PValue(first, second).ShouldBe(expected, 1e-12);

    [Fact]
    public void ManyQuestionsAreNoTrouble()
    {
        McNemar.PValue(250, 10).ShouldBeInRange(1e-62, 1e-55);
        McNemar.PValue(3000, 3000).ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => McNemar.PValue(-1, 2));
    }
}
