using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Evaluation.Metrics;

/// <summary>
/// Scores given text under a language model: for each token but the first what the model, having seen everything before it, says of it.
/// Runs in chunks, so that memory does not grow with the text, and keeps no logits. Under a cache policy what precedes the first scored token is read
/// as a prompt, and every scored token is run alone, as if it had been generated. Not thread-safe.
/// </summary>
public sealed class TokenScorer : IDisposable
{
    // Rows of a chunk: enough for the matrix products to be bound by arithmetic.
    private const int ChunkRows = 512;
    private readonly LanguageModel _model;
    private readonly Pass _pass;
    private readonly Sequence _sequence;
    private readonly RowBatch _rows = new();
    private readonly bool _runsAlone;

    /// <summary>Creates a scorer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How it computes; fast if null.</param>
    /// <param name="state">How keys and values are kept, and under which policy; F16 and plain attention if null.</param>
    /// <exception cref="ArgumentException">A schedule is asked for: it may never compute the rows that are to be scored.</exception>
    public TokenScorer(LanguageModel model, PassOptions? options = null, SequenceOptions? state = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (state?.Schedule is not null) throw new ArgumentException("Scores need every row's last layer, which a schedule may leave out.", nameof(state));
        _model = model;
        _pass = new Pass(options);
        _sequence = model.NewSequence(state);
        _runsAlone = _sequence.Policy is not null;
    }

    /// <summary>What is held of the tokens that were scored last.</summary>
    public CacheUse CacheUse => CacheUse.Of(_sequence);

    /// <summary>Scores tokens from a fresh context.</summary>
    /// <param name="ids">The tokens, at most the model's context.</param>
    /// <param name="first">The first token to be scored, at least 1; those before it are context only.</param>
    /// <param name="topCount">How many of the most probable tokens to report for each.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>Statistics of ids[first], ids[first + 1], …</returns>
    public ScoredTokens Score(ReadOnlySpan<int> ids, int first = 1, int topCount = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(topCount);
        var scored = Math.Max(0, ids.Length - first);
        var statistics = new TokenStatistics[scored];
        var top = new TokenAlternative[(long)scored * topCount];
        _sequence.Truncate(0);
        for (int at = 0, count; at < ids.Length - 1; at += count)
        {
            count = RowsOfPass(at, first, ids.Length - 1);
            if (_runsAlone) _sequence.RowsToCome = Math.Max(0, Math.Min(first, ids.Length - 1) - at - count);
            _rows.Clear();
            _rows.Add(_sequence, ids.Slice(at, count));
            var hidden = _model.Run(_pass, _rows, cancellation);

            // Row i predicts token i + 1: the chunk's rows from `skip` on predict tokens that are scored.
            var skip = Math.Clamp(first - 1 - at, 0, count);
            if (skip == count) continue;
            var wanted = new int[count - skip];
            for (var i = 0; i < wanted.Length; i++) wanted[i] = skip + i;
            var to = at + skip + 1 - first;
            _pass.Statistics(
                _pass.Select(hidden, wanted), _model.HeadOf(_sequence), ids.Slice(at + skip + 1, wanted.Length), statistics.AsSpan(to), top.AsSpan(to * topCount, wanted.Length * topCount));
        }

        return new ScoredTokens(statistics, top, topCount);
    }

    private int RowsOfPass(int at, int first, int end)
    {
        if (!_runsAlone) return Math.Min(ChunkRows, end - at);
        if (at >= first) return 1;
        // Pieces of one size, so that the last one has rows enough for policies that look at a prompt's last rows.
        var (left, most) = (Math.Min(first, end) - at, Math.Min(ChunkRows, _sequence.Policy!.MaxRows));
        var pieces = (left + most - 1) / most;
        return (left + pieces - 1) / pieces;
    }

    /// <summary>Frees the scratch and the state.</summary>
    public void Dispose()
    {
        _sequence.Dispose();
        _pass.Dispose();
    }
}
