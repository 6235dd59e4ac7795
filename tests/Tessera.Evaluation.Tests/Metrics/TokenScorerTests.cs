using Tessera.Evaluation.Metrics;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Evaluation.Tests.Metrics;

public sealed class TokenScorerTests : IDisposable
{
    // Longer than a chunk of the scorer.
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 600).Select(static i => i * i % 61)];
    private readonly LanguageModel _model = ToyModels.Language(ToyModels.Llama());
    private readonly TokenScorer _scorer;

    public TokenScorerTests() => _scorer = new TokenScorer(_model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);

    [Fact]
    public void StatisticsAreThoseOfTheLogitsOfOnePass()
    {
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = _model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, s_ids);
        var logits = _model.Head.Logits(pass, _model.Run(pass, rows, TestContext.Current.CancellationToken));
        var scores = _scorer.Score(s_ids, topCount: 3, cancellation: TestContext.Current.CancellationToken);

        scores.Statistics.Count.ShouldBe(599);
        var top = new TokenAlternative[3];
        foreach (var token in (int[])[0, 1, 510, 511, 512, 513, 598])
        {
            scores.Statistics[token].ShouldBe(TokenStatistics.Compute(logits.Row(token), s_ids[token + 1], top), $"token {token + 1}");
            scores.AlternativesOf(token).ToArray().ShouldBe(top);
        }
    }

    [Fact]
    public void AScheduleIsRefusedAndAHeadOfItsOwnIsAsked()
    {
        Should.Throw<ArgumentException>(() => new TokenScorer(_model, state: new SequenceOptions { Schedule = () => throw new InvalidOperationException() })).Message.ShouldContain("schedule");
        using var sharper = new TokenScorer(_model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact with { Head = _model.Head with { Scale = 3 } });
        var (plain, own) = (_scorer.Score(s_ids, cancellation: TestContext.Current.CancellationToken), sharper.Score(s_ids, cancellation: TestContext.Current.CancellationToken));
        own.Statistics.Average(static t => t.Entropy).ShouldBeLessThan(plain.Statistics.Average(static t => t.Entropy));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(599)]
    public void TokensBeforeTheFirstAreContextOnly(int first)
    {
        var all = _scorer.Score(s_ids, cancellation: TestContext.Current.CancellationToken);
        var some = _scorer.Score(s_ids, first, cancellation: TestContext.Current.CancellationToken);
        some.Statistics.ShouldBe(all.Statistics.Skip(first - 1));
    }

    [Fact]
    public void OneTokenHasNoScore() => _scorer.Score([5], cancellation: TestContext.Current.CancellationToken).Statistics.ShouldBeEmpty();

    [Fact]
    public void ScoringTheFirstTokenIsRefused() => Should.Throw<ArgumentOutOfRangeException>(() => _scorer.Score(s_ids, first: 0, cancellation: TestContext.Current.CancellationToken));

    [Fact]
    public void ACancelledScoreThrowsAndTheScorerCanBeUsedAgain()
    {
        Should.Throw<OperationCanceledException>(() => _scorer.Score(s_ids, cancellation: new CancellationToken(canceled: true)));
        _scorer.Score(s_ids.AsSpan(0, 4), cancellation: TestContext.Current.CancellationToken).Statistics.Count.ShouldBe(3);
    }

    public void Dispose()
    {
        _scorer.Dispose();
        _model.Dispose();
    }
}
