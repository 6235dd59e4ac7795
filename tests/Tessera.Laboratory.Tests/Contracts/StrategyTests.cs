using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every strategy in the catalogue.</summary>
public sealed class StrategyTests
{
    private const int Most = 60;
    private static readonly int[] s_prompt = [7, 3, 9, 7, 3, 9, 7];

    public static TheoryData<string> Strategies => [.. MethodCatalogue.OfStage(MethodStage.Strategy).Where(m => m.Factory is not null).Select(m => m.Name)];

    [Fact]
    public void ThereAreStrategies() => Strategies.ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task TheAnswerDependsOnTheSeedAndOnNoThread(string name)
    {
        using var model = Model();
        var first = await Answer(model, name, seed: 5);
        (await Answer(model, name, seed: 5)).ShouldBe(first);
        (await Answer(model, name, seed: 5, threads: 3)).ShouldBe(first);
        (await Answer(model, name, seed: 6)).ShouldNotBe(first);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task AnAnswerEndsAtItsLimit(string name)
    {
        using var model = Model();
        foreach (var limit in (int[])[1, 2, 17]) (await Answer(model, name, seed: 1, limit: limit)).Length.ShouldBe(limit);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task AnAnswerThatIsBrokenOffLeavesTheSessionUsable(string name)
    {
        using var model = Model();
        var whole = await Answer(model, name, seed: 2);
        using var session = new Session(Decoder(model, ComputePool.Shared));
        using var source = new CancellationTokenSource();
        var count = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in session.GenerateAsync(s_prompt, Options(name, 2, Most), source.Token))
            {
                if (++count == 20) await source.CancelAsync();
            }
        });
        count.ShouldBe(20);
        var held = session.Cached.ToArray();
        held.ShouldBe(((int[])[.. s_prompt, .. whole])[..held.Length]); // nothing but a part of the answer
        var ids = new List<int>();
        await foreach (var step in session.GenerateAsync(s_prompt, Options(name, 2, Most))) ids.Add(step.Id);
        ids.ShouldBe(whole);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task StagesAndForcedStopsWorkInsideIt(string name)
    {
        using var model = Model();
        using var session = new Session(Decoder(model, ComputePool.Shared));
        var options = Options(name, 3, Most) with { Sampling = new SamplingOptions { Seed = 3, LogitBias = Enumerable.Range(0, 30).ToDictionary(id => id, _ => float.NegativeInfinity) } };
        await foreach (var step in session.GenerateAsync(s_prompt, options)) step.Id.ShouldBeGreaterThanOrEqualTo(30);
        var stop = options with { StopIds = [.. Enumerable.Range(30, 10)] };
        var last = default(TokenStep);
        await foreach (var step in session.GenerateAsync(s_prompt, stop)) last = step;
        last!.Stop.ShouldBe(last.Id < 40 ? StopReason.EndOfText : StopReason.MaxTokens);
    }

    private static LanguageModel Model() => ToyModels.Language(ToyModels.Llama());

    private static ModelDecoder Decoder(LanguageModel model, ComputePool pool) => new(model, new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool }, SequenceOptions.Exact);

    private static GenerationOptions Options(string name, ulong seed, int limit) =>
        new() { Sampling = new SamplingOptions { Seed = seed }, MaxTokens = limit, Strategy = MethodCatalogue.Create<Strategy>(MethodStage.Strategy, name) };

    private static async Task<int[]> Answer(LanguageModel model, string name, ulong seed, int threads = 1, int limit = Most)
    {
        using var pool = new ComputePool(threads);
        using var session = new Session(Decoder(model, pool));
        var ids = new List<int>();
        await foreach (var step in session.GenerateAsync(s_prompt, Options(name, seed, limit))) ids.Add(step.Id);
        return [.. ids];
    }
}
