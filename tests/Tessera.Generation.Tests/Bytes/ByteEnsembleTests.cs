namespace Tessera.Generation.Tests.Bytes;

public sealed class ByteEnsembleTests
{
    [Fact]
    public async Task MixtureAndProductAreWhatTheySay()
    {
        var (one, other) = (ToyBytes.Random(61, "ab", 6), ToyBytes.Random(62, "abc", 9));
        foreach (var rule in Enum.GetValues<EnsembleRule>())
        {
            using var first = await one.Model().StartAsync("ab"u8.ToArray());
            using var second = await other.Model().StartAsync("ab"u8.ToArray());
            var (p, q) = (first.Next(), second.Next());
            using var ensemble = new ByteEnsemble([first, second], rule, [1, 3]);
            var next = ensemble.Next();
            double Weight(int s) => rule == EnsembleRule.Mixture ? .25 * Math.Exp(p[s]) + .75 * Math.Exp(q[s]) : Math.Exp(.25 * p[s] + .75 * q[s]);
            int[] shared = ['a', 'b', ByteDistribution.End];
            var sum = shared.Sum(Weight);
            foreach (var symbol in shared) Math.Exp(next[symbol]).ShouldBe(Weight(symbol) / sum, 1e-12);
            next['c'].ShouldBe(double.NegativeInfinity); // the first one cannot go on with it
            await ensemble.AppendAsync("a"u8.ToArray());
            (first.Length, second.Length, ensemble.Length).ShouldBe((3, 3, 3));
            ensemble.Calls.ShouldBe(first.Calls + second.Calls);
        }
    }

    [Fact]
    public async Task AModelWithItselfIsItself()
    {
        var toy = ToyBytes.Random(63);
        var single = await toy.Model().StartAsync("b"u8.ToArray());
        using var ensemble = new ByteEnsemble([single, await toy.Model().StartAsync("b"u8.ToArray())], EnsembleRule.Product);
        for (var symbol = 0; symbol <= ByteDistribution.End; symbol++)
        {
            if (!double.IsNegativeInfinity(single.Next()[symbol])) ensemble.Next()[symbol].ShouldBe(single.Next()[symbol], 1e-12);
        }
    }

    [Fact]
    public async Task WeightsAreChecked()
    {
        using var single = await ToyBytes.Random(64).Model().StartAsync("b"u8.ToArray());
        Should.Throw<ArgumentException>(() => new ByteEnsemble([]));
        Should.Throw<ArgumentException>(() => new ByteEnsemble([single], weights: [1, 2]));
        Should.Throw<ArgumentException>(() => new ByteEnsemble([single], weights: [0]));
        Should.Throw<ArgumentException>(() => new ByteEnsemble([single], weights: [double.NaN]));
    }
}
