using Tessera.Models.Passes;
using Tessera.Tensors.Threads;

namespace Tessera.Generation.Tests.Bytes;

public sealed class ByteSamplerTests
{
    [Fact]
    public async Task DrawsFollowTheDistribution()
    {
        var toy = ToyBytes.Random(51);
        var (draws, counts) = (2000, new Dictionary<int, int>());
        ByteDistribution? law = null;
        using var source = await toy.Model().StartAsync("ab"u8.ToArray());
        law = source.Next();
        for (uint i = 0; i < draws; i++)
        {
            await foreach (var step in new ByteSampler(new ByteSamplerOptions { MaxBytes = 1, SequenceIndex = i }).RunAsync(source)) counts[step.Symbol] = counts.GetValueOrDefault(step.Symbol) + 1;
        }

        foreach (var symbol in law.Ranked())
        {
            var p = Math.Exp(law[symbol]);
            (counts.GetValueOrDefault(symbol) / (double)draws).ShouldBe(p, 4 * Math.Sqrt(p * (1 - p) / draws) + 1e-3);
        }
    }

    [Fact]
    public async Task SameSeedSameBytesAndNoTemperatureTheMostProbable()
    {
        var toy = ToyBytes.Random(52, "abc", 9);
        (await TextAsync(toy, new ByteSamplerOptions { Seed = 5, MaxBytes = 20 })).ShouldBe(await TextAsync(toy, new ByteSamplerOptions { Seed = 5, MaxBytes = 20 }));
        var texts = new HashSet<string>();
        for (uint i = 0; i < 8; i++) texts.Add(await TextAsync(toy, new ByteSamplerOptions { Seed = 5, SequenceIndex = i, MaxBytes = 20 }));
        texts.Count.ShouldBeGreaterThan(4);

        using var source = await toy.Model().StartAsync("a"u8.ToArray());
        await foreach (var step in new ByteSampler(new ByteSamplerOptions { Temperature = 0, MaxBytes = 5 }).RunAsync(source))
            step.LogProbability.ShouldBeGreaterThan(Math.Log(1 / 4.0) - 1e-9); // of four symbols the best
    }

    [Fact]
    public async Task TextsOfAModelDependOnNoThreads()
    {
        using var package = RealModel.Load();
        var texts = new List<string>();
        foreach (var threads in new[] { 1, 2 })
        {
            using var pool = new ComputePool(threads);
            var model = ByteModel.Of(package, new PassOptions { Pool = pool });
            using var source = await model.StartAsync(model.Vocabulary.BytesOf("The capital of Fran"));
            var text = new List<byte>();
            await foreach (var step in new ByteSampler(new ByteSamplerOptions { MaxBytes = 8, Seed = 3 }).RunAsync(source))
                if (!step.IsEnd) text.Add((byte)step.Symbol);
            texts.Add(Convert.ToHexString([.. text]));
        }

        texts[1].ShouldBe(texts[0]);
        texts[0].ShouldStartWith(Convert.ToHexString("ce"u8));
    }

    [Fact]
    public void ShapesAreThoseOfTokens()
    {
        var weights = new double[ByteDistribution.End + 1];
        weights.AsSpan().Fill(double.NegativeInfinity);
        (weights['a'], weights['b'], weights['c']) = (Math.Log(4), Math.Log(3), Math.Log(1));
        var law = new ByteDistribution(weights);
        Math.Exp(law['a']).ShouldBe(.5, 1e-12);
        law.Entropy.ShouldBe(-(.5 * Math.Log(.5) + .375 * Math.Log(.375) + .125 * Math.Log(.125)), 1e-12);
        Math.Exp(law.Shape(.5, 1)['a']).ShouldBe(16 / 26.0, 1e-12);
        law.Shape(0, 1)['a'].ShouldBe(0);
        law.Shape(1, .5).Ranked().ShouldBe(['a']);
        Math.Exp(law.Shape(1, .6)['b']).ShouldBe(3 / 7.0, 1e-12);
        (law.Draw(.49), law.Draw(.51), law.Draw(.9999999)).ShouldBe(('a', 'b', 'c'));
        Should.Throw<ArgumentOutOfRangeException>(() => law.Shape(-1, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => law.Shape(1, 0));
        Should.Throw<ArgumentException>(() => new ByteDistribution(new double[3]));
        Should.Throw<ArgumentException>(() => new ByteDistribution([.. Enumerable.Repeat(double.NegativeInfinity, 257)]));
        Should.Throw<ArgumentOutOfRangeException>(() => new ByteSamplerOptions { Temperature = double.NaN });
        Should.Throw<ArgumentOutOfRangeException>(() => new ByteSamplerOptions { MaxBytes = 0 });
    }

    private static async Task<string> TextAsync(ToyBytes toy, ByteSamplerOptions options)
    {
        using var source = await toy.Model().StartAsync("a"u8.ToArray());
        var text = "";
        await foreach (var step in new ByteSampler(options).RunAsync(source)) text += step.IsEnd ? "." : ((char)step.Symbol).ToString();
        return text;
    }
}
