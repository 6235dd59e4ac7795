using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.Tests;
using Tessera.Tensors.Threads;

namespace Tessera.Generation.Tests.Sessions;

/// <summary>What a streamed token costs in managed memory. Runs with no other test beside it, since it counts the process's allocations.</summary>
[Collection("alone")]
public sealed class StepAllocationTests
{
    // Measured: 279. The step itself (two TokenStatistics, ids, references), its text, and the 32 bytes that the test's vocabulary makes. Passes allocate nothing.
    private const long BytesPerStep = 288;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AStreamedStepStaysWithinItsBound()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pool = new ComputePool(1);
        using var session = new Session(new ModelDecoder(model, new PassOptions { Pool = pool }), new ByteVocabulary());
        var options = new GenerationOptions { Sampling = new SamplingOptions { Seed = 1, Temperature = 0.9, TopP = 0.9 }, MaxTokens = 300 };
        await Measure(); // compiles, and grows what grows once
        var figures = new[] { await Measure(), await Measure(), await Measure() };
        figures.Min().ShouldBeLessThanOrEqualTo(BytesPerStep, string.Join(", ", figures)); // the runtime's own doings fall into some of them

        async Task<long> Measure()
        {
            var (steps, before) = (0, 0L);
            await foreach (var _ in session.GenerateAsync([1, 2, 3], options, Token))
            {
                if (++steps == 44) before = GC.GetTotalAllocatedBytes(precise: true);
                if (steps == 300) return (GC.GetTotalAllocatedBytes(precise: true) - before) / 256;
            }

            throw new InvalidOperationException($"the answer ended after {steps} steps");
        }
    }

    [Fact]
    public async Task APassThatIsNotAwaitedKeepsTheNextOneOut()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = new ModelDecoder(model).NewSequence();
        var first = sequence.RunAsync(new[] { 1 }, Token);
        await Should.ThrowAsync<InvalidOperationException>(async () => await sequence.RunAsync(new[] { 2 }, Token));
        await first;
        await sequence.RunAsync(new[] { 2 }, Token);
        sequence.Tokens.ToArray().ShouldBe([1, 2]);
    }
}
