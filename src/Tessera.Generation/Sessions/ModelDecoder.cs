using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Generation;

/// <summary>
/// A loaded model behind the door of generation. Each sequence keeps a pass of its own, so that sequences run side by side; a pass runs
/// off the caller's thread. Long prompts run in pieces, which bounds the memory for activations and never changes a result.
/// </summary>
public sealed class ModelDecoder : IDecoder
{
    // Rows of a piece: enough for the matrix products to reach their speed, few enough for the activations to stay small.
    private const int RowsPerPass = 512;

    private readonly LanguageModel _model;
    private readonly PassOptions? _passes;
    private readonly SequenceOptions? _sequences;

    /// <summary>Creates a decoder.</summary>
    /// <param name="model">The model; not disposed with the decoder.</param>
    /// <param name="passes">How passes compute; the defaults (fast arithmetic) if null.</param>
    /// <param name="sequences">How sequences keep what they have seen, and what decides that; the defaults (F16, plain attention) if null.</param>
    /// <param name="contextLength">A bound on the length of sequences below the model's own; null for the model's.</param>
    public ModelDecoder(LanguageModel model, PassOptions? passes = null, SequenceOptions? sequences = null, int? contextLength = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ContextLength = contextLength is not { } length ? model.ContextLength
            : length >= 1 && length <= model.ContextLength ? length
            : throw new ArgumentOutOfRangeException(nameof(contextLength), length, $"The model's context is {model.ContextLength} tokens.");
        _model = model;
        _passes = passes;
        _sequences = sequences;
    }

    /// <inheritdoc/>
    public int VocabularySize => (_sequences?.Head ?? _model.Head).VocabularySize;

    /// <inheritdoc/>
    public int ContextLength { get; }

    /// <inheritdoc/>
    public IDecoderSequence NewSequence() => new DecoderSequence(this, _model.NewSequence(_sequences));

    private sealed class DecoderSequence(ModelDecoder decoder, Sequence sequence) : IDecoderSequence
    {
        private readonly Pass _pass = new(decoder._passes);
        private readonly RowBatch _rows = new();
        private readonly DraftTree _tree = new();
        private float[] _logits = new float[decoder.VocabularySize]; // [rows, vocabulary]: grows to the largest tree

        private PooledRun? _run;
        private int _committed; // tokens of the sequence below a tree that waits for its path

        public ReadOnlySpan<int> Tokens => _tree.Count == 0 ? sequence.Tokens : sequence.Tokens[.._committed];

        public bool TakesTrees => sequence.CanCommitPath;

        public CacheUse? CacheUse => CacheUse.Of(sequence);

        public ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default)
        {
            if (tokens.IsEmpty)
                throw new ArgumentException("At least one token is run.", nameof(tokens));
            if (sequence.Length + tokens.Length > decoder.ContextLength)
                throw new ArgumentException($"The sequence holds {decoder.ContextLength} tokens at most.", nameof(tokens));
            _tree.RequireNone();
            return (_run ??= new PooledRun((rows, token) => Run(rows.Span, token))).Start(tokens, cancellation);
        }

        public ValueTask<ReadOnlyMemory<float>> RunTreeAsync(ReadOnlyMemory<int> tokens, ReadOnlyMemory<int> parents, CancellationToken cancellation = default)
        {
            if (!TakesTrees)
                throw new NotSupportedException("The sequence takes no draft trees: a layer's state keeps no rows apart, or a policy or a schedule decides what stays.");
            _tree.RequireNone();
            if (tokens.Length > RowsPerPass)
                throw new ArgumentException($"A draft tree has {RowsPerPass} rows at most.", nameof(tokens));
            _tree.Set(tokens.Span, parents.Span, sequence.NextPosition);
            if (sequence.Length + _tree.Depth > decoder.ContextLength)
            {
                _tree.Clear();
                throw new ArgumentException($"The sequence holds {decoder.ContextLength} tokens at most.", nameof(tokens));
            }

            _committed = sequence.Length;
            return new(Task.Run(() => RunTree(tokens.Span, cancellation), CancellationToken.None));
        }

        private ReadOnlyMemory<float> Run(ReadOnlySpan<int> tokens, CancellationToken cancellation)
        {
            while (true)
            {
                // Pieces of one size, so that the last one has rows enough for policies that look at a prompt's last rows.
                var most = Math.Min(RowsPerPass, sequence.Policy?.MaxRows ?? RowsPerPass);
                if (sequence.Schedule is not null) most = tokens.Length; // it looks at the whole prompt
                var pieces = (tokens.Length + most - 1) / most;
                var piece = tokens[..((tokens.Length + pieces - 1) / pieces)];
                sequence.RowsToCome = tokens.Length - piece.Length;
                _rows.Clear();
                _rows.Add(sequence, piece);
                var hidden = decoder._model.Run(_pass, _rows, cancellation);
                tokens = tokens[piece.Length..];
                if (!tokens.IsEmpty)
                    continue;
                decoder._model.LastLogits(_pass, hidden).Span.CopyTo(_logits);
                return _logits.AsMemory(0, decoder.VocabularySize);
            }
        }

        private ReadOnlyMemory<float> RunTree(ReadOnlySpan<int> tokens, CancellationToken cancellation)
        {
            try
            {
                _rows.Clear();
                _rows.Add(sequence, tokens, _tree.Positions, _tree.Visibility);
                var logits = decoder._model.HeadOf(sequence).Logits(_pass, decoder._model.Run(_pass, _rows, cancellation)).Span;
                if (_logits.Length < logits.Length)
                    _logits = new float[logits.Length];
                logits.CopyTo(_logits);
                return _logits.AsMemory(0, logits.Length);
            }
            catch
            {
                if (sequence.Length > _committed) // the head failed: the rows are in the sequence
                    sequence.CommitPath([]);
                _tree.Clear();
                throw;
            }
        }

        public void CommitPath(ReadOnlySpan<int> rows)
        {
            _tree.Check(rows);
            sequence.CommitPath(rows);
            _tree.Clear();
        }

        public void Save(Stream stream)
        {
            _tree.RequireNone();
            sequence.Save(stream);
        }

        public bool Load(Stream stream)
        {
            _tree.RequireNone();
            return sequence.Load(stream, _pass.Arithmetic);
        }

        public void Truncate(int length)
        {
            _tree.RequireNone();
            sequence.Truncate(length);
        }

        public IDecoderSequence Fork()
        {
            _tree.RequireNone();
            return new DecoderSequence(decoder, sequence.Fork());
        }

        public void Dispose()
        {
            sequence.Dispose();
            _pass.Dispose();
        }
    }
}
