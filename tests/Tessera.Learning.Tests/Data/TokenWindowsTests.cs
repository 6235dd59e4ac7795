using Tessera.Learning.Data;

namespace Tessera.Learning.Tests.Data;

public sealed class TokenWindowsTests
{
    private static readonly int[] s_stream = [.. Enumerable.Range(0, 101)];

    [Fact]
    public void AnEpochVisitsEachWindowOnceAndWindowsDoNotOverlap()
    {
        var windows = new TokenWindows(s_stream, 10, seed: 3);
        var first = Enumerable.Range(0, windows.Count).Select(i => windows[i].ToArray()).ToList();

        windows.Count.ShouldBe(9);
        first.ShouldAllBe(static w => w.Length == 11);
        var starts = first.Select(static w => w[0]).Order().ToList();
        starts.Zip(starts.Skip(1)).ShouldAllBe(static pair => pair.Second - pair.First == 10);
        first.ShouldAllBe(static w => w.Zip(w.Skip(1)).All(static pair => pair.Second == pair.First + 1));
    }

    [Fact]
    public void OrderIsAFunctionOfSeedAndEpochAlone()
    {
        var (one, other) = (new TokenWindows(s_stream, 10, 3), new TokenWindows(s_stream, 10, 3));
        _ = other[25]; // an epoch ahead, then back
        for (var i = 0; i < 18; i++) one[i].ToArray().ShouldBe(other[i].ToArray());
        var another = new TokenWindows(s_stream, 10, 4);
        Enumerable.Range(0, 9).Any(i => another[i][0] != one[i][0]).ShouldBeTrue();
        Enumerable.Range(0, 9).Any(i => one[i + 9][0] != one[i][0]).ShouldBeTrue("a second epoch has an order of its own");
    }

    [Fact]
    public void AStreamTooShortForTwoWindowsIsRefused()
    {
        Should.Throw<ArgumentException>(static () => new TokenWindows(s_stream[..20], 10, 1)).Message.ShouldContain("20 tokens");
        new TokenWindows(s_stream[..21], 10, 1).Count.ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(static () => new TokenWindows(s_stream, 0, 1));
        Should.Throw<ArgumentOutOfRangeException>(static () => new TokenWindows(s_stream, 10, 1)[-1].Length);
    }
}
