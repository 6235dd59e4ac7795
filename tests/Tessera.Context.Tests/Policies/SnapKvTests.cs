using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Models.Tests;

namespace Tessera.Context.Tests.Policies;

public sealed class SnapKvTests
{
    private const int Prompt = 60;

    [Theory]
    [InlineData(20, 8, 5)]
    [InlineData(12, 11, 3)]
    [InlineData(30, 1, 1)]
    [InlineData(25, 20, 7)]
    public void AHeadKeepsTheWindowAndWhatItsQueriesLookAtMost(int budget, int window, int kernel)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var recorder = new Recorder();
        using var plain = model.NewSequence(SequenceOptions.Exact with { Policy = () => recorder });
        using var kept = model.NewSequence(SequenceOptions.Exact with { Policy = () => new SnapKv(budget, window, kernel) });
        using var pass = PolicyRun.NewPass();
        PolicyRun.Step(model, pass, plain, PolicyRun.Ids.AsSpan(0, Prompt));
        PolicyRun.Step(model, pass, kept, PolicyRun.Ids.AsSpan(0, Prompt));
        for (var layer = 0; layer < 2; layer++)
        {
            for (var head = 0; head < 2; head++)
                PolicyRun.Tokens(kept, layer, head).ShouldBe(Expected(recorder.Weights[layer], head, budget, window, kernel), $"layer {layer}, head {head}");
        }
    }

    [Fact]
    public void WhatIsGeneratedIsKept()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => new SnapKv(20, 8) });
        using var pass = PolicyRun.NewPass();
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, Prompt));
        for (var i = Prompt; i < PolicyRun.Ids.Length; i++) PolicyRun.Step(model, pass, sequence, [PolicyRun.Ids[i]]);
        PolicyRun.Tokens(sequence, 1, 0)[20..].ShouldBe(Enumerable.Range(Prompt, PolicyRun.Ids.Length - Prompt));
    }

    [Fact]
    public void AShareBelowTheWindowKeepsTheNewestTokens()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Policy = () => new SnapKv(0.2) }); // 12 of 60, window 32
        using var pass = PolicyRun.NewPass();
        PolicyRun.Step(model, pass, sequence, PolicyRun.Ids.AsSpan(0, Prompt));
        PolicyRun.Tokens(sequence, 0, 1).ShouldBe(Enumerable.Range(Prompt - 12, 12));
    }

    [Fact]
    public void OptionsThatLeaveNoRoomAreRefused()
    {
        Should.Throw<ArgumentException>(() => new SnapKv(32, 32));
        Should.Throw<ArgumentOutOfRangeException>(() => new SnapKv(0.5, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => new SnapKv(0.5, 32, 4));
        Should.Throw<ArgumentOutOfRangeException>(() => new SnapKv(0.5, 32, 0));
    }

    // By the card's words, from the whole matrix: the mean over the window's rows and the group, a zero-padded average, the best and the window.
    private static int[] Expected(float[][][] weights, int kvHead, int budget, int window, int kernel)
    {
        var past = Prompt - window;
        var votes = Enumerable.Range(0, past).Select(j => Enumerable.Range(past, window).SelectMany(i => new[] { weights[2 * kvHead][i][j], weights[2 * kvHead + 1][i][j] }).Average(w => (double)w)).ToArray();
        double Smooth(int j) => Enumerable.Range(j - kernel / 2, kernel).Sum(n => n >= 0 && n < past ? votes[n] : 0) / kernel;
        var best = Enumerable.Range(0, past).OrderByDescending(Smooth).Take(budget - window).Order();
        return [.. best, .. Enumerable.Range(past, window)];
    }

    private sealed class Recorder : IAttentionPolicy
    {
        public Dictionary<int, float[][][]> Weights { get; } = []; // [layer][head][row][slot]

        public ObservationRequest? Observe(in AttentionStep step) => new() { AllRows = true };

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            Weights[step.Layer] = [.. Enumerable.Range(0, observations!.Heads).Select(h => Enumerable.Range(0, observations.Rows).Select(r => observations.FullRow(h, r).ToArray()).ToArray())];
            return null;
        }

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }
    }
}
