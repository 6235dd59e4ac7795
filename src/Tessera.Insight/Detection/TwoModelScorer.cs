using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Insight.Detection;

/// <summary>
/// Runs a text through two models over one vocabulary side by side, reducing each pair of rows of logits at once: memory does not grow with
/// the vocabulary times the text. Not thread-safe.
/// </summary>
public sealed class TwoModelScorer : IDisposable
{
    private const int ChunkRows = 64; // 64 rows of logits of a 150,000-token vocabulary are 38 MB a model

    private readonly LanguageModel _observer, _performer;
    private readonly Pass _observerPass, _performerPass;
    private readonly SequenceOptions? _sequences;

    /// <summary>Creates a scorer.</summary>
    /// <param name="observer">The sampling, or reference model.</param>
    /// <param name="performer">The scoring model. Both give ids the same meaning; the rows of logits may be padded differently.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    public TwoModelScorer(LanguageModel observer, LanguageModel performer, PassOptions? passes = null, SequenceOptions? sequences = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(performer);
        (_observer, _performer, _sequences) = (observer, performer, sequences);
        (_observerPass, _performerPass) = (new Pass(passes), new Pass(passes));
    }

    /// <summary>Scores a text from an empty context.</summary>
    /// <param name="ids">Its tokens, at least two, at most the shorter context.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <exception cref="ArgumentException">The text is too short or too long, or a token is not in both vocabularies.</exception>
    public TwoModelStatistics Score(ReadOnlySpan<int> ids, CancellationToken cancellation = default)
    {
        var context = Math.Min(_observer.ContextLength, _performer.ContextLength);
        if (ids.Length < 2 || ids.Length > context) throw new ArgumentException($"A text has 2 to {context} tokens, not {ids.Length}.", nameof(ids));
        var width = Math.Min(_observer.VocabularySize, _performer.VocabularySize);
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)width) throw new ArgumentOutOfRangeException(nameof(ids), id, $"The models share {width} tokens.");
        }

        var (scored, cross) = (new TokenStatistics[ids.Length - 1], new CrossStatistics[ids.Length]);
        using var observerSequence = _observer.NewSequence(_sequences);
        using var performerSequence = _performer.NewSequence(_sequences);
        var rows = new RowBatch();
        for (var at = 0; at < ids.Length; at += ChunkRows)
        {
            var piece = ids.Slice(at, Math.Min(ChunkRows, ids.Length - at));
            var observed = Logits(_observer, _observerPass, observerSequence, rows, piece, cancellation);
            var performed = Logits(_performer, _performerPass, performerSequence, rows, piece, cancellation);
            for (var i = 0; i < piece.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var row = performed.Slice(i * _performer.VocabularySize, _performer.VocabularySize);
                cross[at + i] = CrossStatistics.Compute(observed.Slice(i * _observer.VocabularySize, _observer.VocabularySize), row, at + i + 1);
                if (at + i + 1 < ids.Length) scored[at + i] = TokenStatistics.Compute(row[..width], ids[at + i + 1], default, at + i + 1);
            }
        }

        return new TwoModelStatistics(ids.ToArray(), scored, cross);
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _observerPass.Dispose();
        _performerPass.Dispose();
    }

    private static ReadOnlySpan<float> Logits(LanguageModel model, Pass pass, Sequence sequence, RowBatch rows, ReadOnlySpan<int> ids, CancellationToken cancellation)
    {
        rows.Clear();
        rows.Add(sequence, ids);
        return model.Head.Logits(pass, model.Run(pass, rows, cancellation)).Span;
    }
}
