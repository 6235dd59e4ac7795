using Tessera.Evaluation.Metrics;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Evaluation.Tests.Metrics;

public sealed class SlidingPerplexityTests : IDisposable
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 50).Select(static i => i * 7 % 61)];
    private readonly LanguageModel _model = ToyModels.Language(ToyModels.Llama());
    private readonly TokenScorer _scorer;

    public SlidingPerplexityTests() => _scorer = new TokenScorer(_model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);

    [Theory]
    [InlineData(16, 8)]
    [InlineData(16, 15)]
    [InlineData(7, 3)]
    [InlineData(64, 32)]
    public void EveryTokenButTheFirstIsScoredOnceInTheFirstWindowThatHoldsIt(int context, int stride)
    {
        var windows = SlidingPerplexity.Windows(_scorer, s_ids, context, stride, TestContext.Current.CancellationToken).ToList();
        windows.Sum(static w => w.Scored).ShouldBe(s_ids.Length - 1);
        var done = 1;
        foreach (var window in windows)
        {
            (window.End - window.Start).ShouldBeLessThanOrEqualTo(context);
            (window.End - window.Scored).ShouldBe(done);
            done = window.End;

            // The window alone says the same.
            var alone = _scorer.Score(s_ids.AsSpan(window.Start, window.End - window.Start), first: window.End - window.Start - window.Scored, cancellation: TestContext.Current.CancellationToken);
            window.NegativeLogLikelihood.ShouldBe(alone.NegativeLogLikelihood, 1e-12);
        }
    }

    [Fact]
    public void OneWindowOverTheWholeTextIsThePlainPerplexity()
    {
        var windows = SlidingPerplexity.Windows(_scorer, s_ids, 64, 32, TestContext.Current.CancellationToken);
        SlidingPerplexity.Of(windows).ShouldBe(_scorer.Score(s_ids, cancellation: TestContext.Current.CancellationToken).Perplexity, 1e-12);
    }

    [Fact]
    public void ALongerContextChangesWhatTokensSay()
    {
        var narrow = SlidingPerplexity.Of(SlidingPerplexity.Windows(_scorer, s_ids, 4, 2, TestContext.Current.CancellationToken));
        var wide = SlidingPerplexity.Of(SlidingPerplexity.Windows(_scorer, s_ids, 32, 16, TestContext.Current.CancellationToken));
        Math.Abs(narrow - wide).ShouldBeGreaterThan(1e-3);
    }

    [Theory]
    [InlineData(1, 1, 50)]
    [InlineData(8, 0, 50)]
    [InlineData(8, 8, 50)]
    [InlineData(8, 4, 1)]
    public void WindowsThatMakeNoSenseAreRefused(int context, int stride, int length) =>
        Should.Throw<ArgumentException>(() => SlidingPerplexity.Windows(_scorer, s_ids.AsMemory(0, length), context, stride, TestContext.Current.CancellationToken));

    public void Dispose()
    {
        _scorer.Dispose();
        _model.Dispose();
    }
}
