namespace Tessera.Generation.Tests.Bytes;

public sealed class PromptRepairTests
{
    [Fact]
    public async Task CutsAreDrawnAsOftenAsTheyAreProbable()
    {
        var toy = ToyBytes.Random(71, "abc", 9);
        var repair = new PromptRepair(toy.Model());
        using var sequence = await toy.Model().StartAsync("cab"u8.ToArray());
        var (covers, total) = (sequence.Covers(), sequence.LogProbability);
        covers.Count.ShouldBeGreaterThan(1);
        var (draws, counts) = (2000, new Dictionary<string, int>());
        for (uint i = 0; i < draws; i++)
        {
            var drawn = await repair.ExactAsync("cab"u8.ToArray(), key: new RandomKey(1, i, 0, RandomPurpose.Sample));
            var name = string.Join(' ', drawn.Ids);
            counts[name] = counts.GetValueOrDefault(name) + 1;
            toy.Tokenizer.DecodeToBytes([.. drawn.Ids]).ShouldBe([.. "cab"u8, .. drawn.Overshoot.Span]);
        }

        foreach (var cover in covers)
        {
            var p = Math.Exp(cover.LogProbability - total);
            (counts.GetValueOrDefault(string.Join(' ', sequence.Context.Concat(cover.Tokens))) / (double)draws).ShouldBe(p, 4 * Math.Sqrt(p * (1 - p) / draws) + 1e-3);
        }
    }

    [Fact]
    public async Task WithoutTemperatureTheMostProbableCutIsTaken()
    {
        var toy = ToyBytes.Random(72, "abc", 9);
        using var sequence = await toy.Model().StartAsync("abc"u8.ToArray());
        var drawn = await new PromptRepair(toy.Model()).ExactAsync("abc"u8.ToArray(), temperature: 0);
        drawn.Ids.ShouldBe([.. sequence.Context, .. sequence.Covers()[0].Tokens]);
        drawn.LogProbability.ShouldBe(sequence.Covers()[0].LogProbability - sequence.LogProbability, 1e-12);
    }

    [Fact]
    public async Task HealingTakesTheLastTokenBack()
    {
        var toy = ToyBytes.Of(["a", "b", "c", "bc", "bca"], [("b", "c"), ("bc", "a")]);
        var decoder = new FakeDecoder(7, 64, (history, row) => row[4] = history[^1] == 0 ? 10 : 0);
        var repair = new PromptRepair(toy.Model(decoder: decoder));
        var healed = await repair.HealAsync("ab"u8.ToArray(), temperature: 0);
        healed.Ids.ShouldBe([toy.BeginId, 0, 4]);
        healed.Overshoot.ToArray().ShouldBe("ca"u8.ToArray());
        // Its scope is one token: "abc" ends with the token bc, and what reaches from b on is seen; from a on it would not be.
        (await repair.HealAsync("abc"u8.ToArray(), temperature: 0)).Overshoot.ToArray().ShouldBe("a"u8.ToArray());
        await Should.ThrowAsync<ImpossibleBytesException>(() => repair.HealAsync("ax"u8.ToArray()));
        (await repair.HealAsync(default)).Ids.ShouldBe([toy.BeginId]);
    }

    [Fact]
    public async Task AMiddleIsFilledInBehindThePrefixsBytes()
    {
        var toy = ToyBytes.Of(["a", "b", "ab", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"], [("a", "b")]);
        FillInTheMiddle.Find(ToyBytes.Random(1).Tokenizer).ShouldBeNull();
        var fill = FillInTheMiddle.Find(toy.Tokenizer)!;
        fill.ShouldBe(new FillInTheMiddle(3, 4, 5));
        var context = fill.Context([], [1, 1]);
        context.ShouldBe([3, 4, 1, 1, 5]);
        using var sequence = await toy.Model().StartAsync("a"u8.ToArray(), context);
        sequence.Context.ShouldBe(context);
        sequence.Covers().Select(static c => string.Join(' ', c.Tokens)).Order().ShouldBe(["0", "2"]);
    }
}
