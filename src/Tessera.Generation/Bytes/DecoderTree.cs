namespace Tessera.Generation;

/// <summary>
/// A decoder's lists of tokens. Many lists at once run as one draft tree; a list that goes on from another one runs in a fork of its sequence, one
/// row for one token, whatever else shares the beginning. Where the model's state takes no trees everything runs in forks.
/// </summary>
/// <param name="decoder">The model; stays the caller's.</param>
public sealed class DecoderTree(IDecoder decoder) : ITokenTree
{
    // Rows of a pass: their logits are held together, 12 MiB for a vocabulary of 49,152.
    private const int MostRows = 64;

    private readonly IDecoder _decoder = decoder ?? throw new ArgumentNullException(nameof(decoder));
    private readonly List<TokenList> _lists = [];
    private readonly HashSet<int> _awaited = []; // those that may still be gone on from
    private readonly double[] _row = new double[decoder.VocabularySize];

    /// <inheritdoc/>
    public int VocabularySize => _decoder.VocabularySize;

    /// <inheritdoc/>
    public int Calls { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">The context is empty: a model needs a token to begin with.</exception>
    /// <exception cref="ResourceLimitException">It is longer than the model's.</exception>
    public async ValueTask StartAsync(ReadOnlyMemory<int> context, TokenScores scores, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (_lists.Count > 0) throw new InvalidOperationException("The tree has begun.");
        if (context.IsEmpty) throw new UnsupportedFeatureException("model", "a text that begins with nothing", "Give a prompt, or a token to begin with.");
        RequireRoom(context.Length);
        var sequence = _decoder.NewSequence();
        try
        {
            Calls++;
            Report(0, (await sequence.RunAsync(context, cancellation).ConfigureAwait(false)).Span, scores);
        }
        catch
        {
            sequence.Dispose();
            throw;
        }

        _lists.Add(new TokenList(-1, -1, context.Length) { Sequence = sequence });
        _awaited.Add(0);
    }

    /// <inheritdoc/>
    /// <exception cref="ResourceLimitException">A list is longer than the model's context.</exception>
    public async ValueTask RunAsync(ReadOnlyMemory<int> parents, ReadOnlyMemory<int> tokens, TokenScores scores, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (parents.Length != tokens.Length) throw new ArgumentException($"{tokens.Length} lists have a parent each, not {parents.Length}.", nameof(parents));
        var first = _lists.Count;
        try
        {
            for (var i = 0; i < tokens.Length; i++)
            {
                var parent = parents.Span[i];
                if ((uint)parent >= (uint)_lists.Count) throw new ArgumentOutOfRangeException(nameof(parents), parent, $"There are {_lists.Count} lists.");
                RequireRoom(_lists[parent].Length + 1);
                _lists.Add(new TokenList(parent, tokens.Span[i], _lists[parent].Length + 1));
            }

            for (var at = first; at < _lists.Count; at += MostRows)
                await RunAsync(first, at, Math.Min(MostRows, _lists.Count - at), scores, cancellation).ConfigureAwait(false);
        }
        catch
        {
            foreach (var list in _lists.Skip(first)) list.Sequence?.Dispose();
            _lists.RemoveRange(first, _lists.Count - first);
            throw;
        }

        for (var i = first; i < _lists.Count; i++) _awaited.Add(i);
    }

    /// <inheritdoc/>
    public void Release(int list)
    {
        if (!_awaited.Remove(list)) return;
        var needed = _awaited.Select(Nearest).ToHashSet();
        for (var i = 0; i <= list; i++)
        {
            if (_lists[i].Sequence is null || _awaited.Contains(i) || needed.Contains(i)) continue;
            _lists[i].Sequence!.Dispose();
            _lists[i].Sequence = null;
        }
    }

    /// <summary>Frees what the model remembers.</summary>
    public void Dispose()
    {
        foreach (var list in _lists) list.Sequence?.Dispose();
        _lists.Clear();
        _awaited.Clear();
    }

    private async ValueTask RunAsync(int first, int from, int count, TokenScores scores, CancellationToken cancellation)
    {
        var anchor = Anchor(from, count);
        if (count > 1 && (anchor < 0 || !_lists[anchor].Sequence!.TakesTrees))
        {
            for (var i = 0; i < count; i++) await RunAsync(first, from + i, 1, scores, cancellation).ConfigureAwait(false);
            return;
        }

        // The lists, and those between them and the anchor that have no sequence of their own.
        var rows = new SortedSet<int>();
        for (var i = from; i < from + count; i++)
        {
            for (var at = i; at != anchor && rows.Add(at);) at = _lists[at].Parent;
        }

        var order = rows.ToArray();
        var tokens = Array.ConvertAll(order, i => _lists[i].Token);
        var sequence = _lists[anchor].Sequence!.Fork();
        try
        {
            Calls++;
            if (count == 1)
            {
                Report(from - first, (await sequence.RunAsync(tokens, cancellation).ConfigureAwait(false)).Span, scores);
                _lists[from].Sequence = sequence;
                return;
            }

            var parents = Array.ConvertAll(order, i => Array.BinarySearch(order, _lists[i].Parent) is >= 0 and var row ? row : -1);
            var logits = await sequence.RunTreeAsync(tokens, parents, cancellation).ConfigureAwait(false);
            for (var i = from; i < from + count; i++) Report(i - first, logits.Span.Slice(Array.BinarySearch(order, i) * VocabularySize, VocabularySize), scores);
            // The longest list keeps the rows: what follows goes on from it, or from near it, more often than not.
            var deepest = Enumerable.Range(from, count).MaxBy(i => _lists[i].Length);
            var path = new Stack<int>();
            for (var at = deepest; at != anchor; at = _lists[at].Parent) path.Push(Array.BinarySearch(order, at));
            sequence.CommitPath([.. path]);
            _lists[deepest].Sequence = sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    /// <summary>The nearest list with a sequence that all of some lists go on from; −1 where there is none any more.</summary>
    private int Anchor(int from, int count)
    {
        var anchor = Nearest(_lists[from].Parent);
        for (var i = from + 1; i < from + count && anchor >= 0; i++)
        {
            while (anchor >= 0 && !GoesOnFrom(i, anchor)) anchor = Nearest(_lists[anchor].Parent);
        }

        return anchor;
    }

    private bool GoesOnFrom(int list, int origin)
    {
        while (_lists[list].Length > _lists[origin].Length) list = _lists[list].Parent;
        return list == origin;
    }

    private int Nearest(int list)
    {
        while (list >= 0 && _lists[list].Sequence is null) list = _lists[list].Parent;
        return list;
    }

    private void RequireRoom(int length)
    {
        if (length > _decoder.ContextLength) throw new ResourceLimitException("tokens of context", length, _decoder.ContextLength, "Shorten the text.");
    }

    private void Report(int index, ReadOnlySpan<float> logits, TokenScores scores)
    {
        for (var i = 0; i < _row.Length; i++) _row[i] = logits[i];
        scores(index, _row);
    }

    private sealed class TokenList(int parent, int token, int length)
    {
        public int Parent => parent;

        public int Token => token;

        public int Length => length;

        public IDecoderSequence? Sequence { get; set; }
    }
}
