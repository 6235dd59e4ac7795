using System.Runtime.InteropServices;

namespace Tessera.Generation;

/// <summary>
/// A decoder whose logits are a function of the history: a stand-in for a model in tests of whatever is built on generation. Runs at
/// once, holds no memory worth mentioning, counts what it is asked to run.
/// </summary>
/// <param name="vocabularySize">Logits in a row.</param>
/// <param name="contextLength">The most tokens that a sequence may hold.</param>
/// <param name="logits">Fills a row, which comes as zeros, for the token after a history.</param>
public sealed class FakeDecoder(int vocabularySize, int contextLength, FakeDecoder.LogitsFunction logits) : IDecoder
{
    private int _tokensRun;

    /// <summary>Writes the logits of the token that follows a history.</summary>
    /// <param name="history">The tokens so far, at least one.</param>
    /// <param name="row">The row to fill, <c>[vocabulary]</c>; zeros at first.</param>
    public delegate void LogitsFunction(ReadOnlySpan<int> history, Span<float> row);

    /// <inheritdoc/>
    public int VocabularySize => vocabularySize;

    /// <inheritdoc/>
    public int ContextLength => contextLength;

    /// <summary>Tokens that all sequences together have run: what is prefilled and what comes from a cache can be told by it.</summary>
    public int TokensRun => _tokensRun;

    /// <inheritdoc/>
    public IDecoderSequence NewSequence() => new Sequence(this, []);

    private sealed class Sequence(FakeDecoder decoder, List<int> tokens) : IDecoderSequence
    {
        private readonly float[] _row = new float[decoder.VocabularySize];
        private readonly DraftTree _tree = new();
        private int[] _drafted = [];

        public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(tokens);

        public ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> more, CancellationToken cancellation = default)
        {
            if (more.IsEmpty)
                throw new ArgumentException("At least one token is run.", nameof(more));
            if (tokens.Count + more.Length > decoder.ContextLength)
                throw new ArgumentException($"The sequence holds {decoder.ContextLength} tokens at most.", nameof(more));
            _tree.RequireNone();
            foreach (var token in more.Span)
            {
                cancellation.ThrowIfCancellationRequested();
                decoder.Count(token);
                tokens.Add(token);
            }

            Array.Clear(_row);
            decoder.Fill(Tokens, _row);
            return new(_row);
        }

        public bool TakesTrees => true;

        public ValueTask<ReadOnlyMemory<float>> RunTreeAsync(ReadOnlyMemory<int> drafted, ReadOnlyMemory<int> parents, CancellationToken cancellation = default)
        {
            _tree.RequireNone();
            cancellation.ThrowIfCancellationRequested();
            _drafted = drafted.ToArray();
            _tree.Set(_drafted, parents.Span, tokens.Count);
            var rows = new float[(long)_drafted.Length * decoder.VocabularySize];
            try
            {
                if (tokens.Count + _tree.Depth > decoder.ContextLength)
                    throw new ArgumentException($"The sequence holds {decoder.ContextLength} tokens at most.", nameof(drafted));
                for (var row = 0; row < _drafted.Length; row++)
                {
                    decoder.Count(_drafted[row]);
                    var path = new Stack<int>();
                    for (var at = row; at >= 0; at = _tree.Parents[at]) path.Push(_drafted[at]);
                    decoder.Fill([.. tokens, .. path], rows.AsSpan(row * decoder.VocabularySize, decoder.VocabularySize));
                }
            }
            catch
            {
                _tree.Clear();
                throw;
            }

            return new(rows);
        }

        public void CommitPath(ReadOnlySpan<int> rows)
        {
            _tree.Check(rows);
            foreach (var row in rows) tokens.Add(_drafted[row]);
            _tree.Clear();
        }

        public void Truncate(int length)
        {
            _tree.RequireNone();
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, tokens.Count);
            tokens.RemoveRange(length, tokens.Count - length);
        }

        public IDecoderSequence Fork()
        {
            _tree.RequireNone();
            return new Sequence(decoder, [.. tokens]);
        }

        public void Dispose()
        {
        }
    }

    private void Count(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, vocabularySize);
        Interlocked.Increment(ref _tokensRun);
    }

    private void Fill(ReadOnlySpan<int> history, Span<float> row) => logits(history, row);
}
