using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Generation.Tests.Sessions;

public sealed class ModelDecoderTests : IDisposable
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 600).Select(i => i * 7 % 61)];
    private readonly LanguageModel _model = ToyModels.Language(ToyModels.Llama());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    private ModelDecoder Decoder(int? contextLength = null) =>
        new(_model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact, contextLength);

    [Fact]
    public async Task APromptInPiecesGivesTheLogitsOfOnePass()
    {
        using var sequence = Decoder().NewSequence();
        var logits = await sequence.RunAsync(Prompt, Token);

        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var whole = _model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(whole, Prompt);
        var hidden = _model.Run(pass, rows, Token);
        logits.ToArray().ShouldBe(_model.LastLogits(pass, hidden).Span.ToArray());
        sequence.Tokens.ToArray().ShouldBe(Prompt);
    }

    [Fact]
    public async Task AnAnswerDoesNotDependOnWhatTheSessionHeld()
    {
        var options = new GenerationOptions { Sampling = new SamplingOptions { Seed = 3, Temperature = .9 }, MaxTokens = 12 };
        using var warm = new Session(Decoder());
        using var cold = new Session(Decoder());
        var first = warm.GenerateAsync(Prompt.AsSpan(0, 50), options, Token);
        await foreach (var _ in first) { }

        int[] prompt = [.. first.Tokens[..57], 5, 6];
        var fromWarm = warm.GenerateAsync(prompt, options, Token);
        var fromCold = cold.GenerateAsync(prompt, options, Token);
        var warmSteps = await fromWarm.ToListAsync(Token);
        var coldSteps = await fromCold.ToListAsync(Token);

        fromWarm.CachedTokens.ShouldBe(57);
        warmSteps.Select(s => (s.Id, s.Raw)).ShouldBe(coldSteps.Select(s => (s.Id, s.Raw)));
    }

    [Fact]
    public async Task AForkAnswersLikeItsOrigin()
    {
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 5 };
        using var session = new Session(Decoder());
        await foreach (var _ in session.GenerateAsync(Prompt.AsSpan(0, 20), options, Token)) { }
        using var fork = session.Fork();
        int[] prompt = [.. session.Cached, 9];

        var ofFork = fork.GenerateAsync(prompt, options, Token);
        await foreach (var _ in ofFork) { }
        var ofOrigin = session.GenerateAsync(prompt, options, Token);
        await foreach (var _ in ofOrigin) { }

        ofFork.CachedTokens.ShouldBe(prompt.Length - 1);
        ofFork.Tokens.ToArray().ShouldBe(ofOrigin.Tokens.ToArray());
    }

    [Fact]
    public async Task CancellationDuringThePromptLeavesTheSessionUsable()
    {
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 3 };
        using var session = new Session(Decoder());
        using var source = new CancellationTokenSource();
        var run = session.GenerateAsync(Prompt, options, source.Token);
        var running = run.ToTextAsync(Token);
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await running;
            source.Token.ThrowIfCancellationRequested(); // where the machine was faster than the cancellation
        });

        var again = session.GenerateAsync(Prompt, options, Token);
        await foreach (var _ in again) { }
        using var fresh = new Session(Decoder());
        var reference = fresh.GenerateAsync(Prompt, options, Token);
        await foreach (var _ in reference) { }
        again.Tokens.ToArray().ShouldBe(reference.Tokens.ToArray());
    }

    [Fact]
    public async Task TheContextCanBeBounded()
    {
        var decoder = Decoder(contextLength: 30);
        decoder.ContextLength.ShouldBe(30);
        using var session = new Session(decoder);
        var run = session.GenerateAsync(Prompt.AsSpan(0, 25), cancellation: Token);
        await foreach (var _ in run) { }
        run.Stop.ShouldBe(StopReason.ContextFull);
        run.Tokens.Length.ShouldBe(30);

        using var sequence = decoder.NewSequence();
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunAsync(Prompt, Token));
        await Should.ThrowAsync<ArgumentException>(async () => await sequence.RunAsync(ReadOnlyMemory<int>.Empty, Token));
        Should.Throw<ArgumentOutOfRangeException>(() => Decoder(contextLength: 641));
        Should.Throw<ArgumentOutOfRangeException>(() => Decoder(contextLength: 0));
    }
}
