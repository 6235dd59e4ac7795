using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// The training of byte-pair encoding on counted words (Sennrich et al., arXiv 1508.07909) by the exact rules of tokenizers (Hugging Face):
/// pairs weighted by their words' counts, in a heap by count, then by smaller ids; counts are kept up as words change, and an entry whose
/// count has changed goes back with the new one. Knows nothing about how words came about.
/// </summary>
internal sealed class MergeTraining
{
    private readonly MergeSettings _settings;
    private readonly WordCounter _words;
    private readonly List<string> _tokens = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), int> _merges = []; // the place of the last time that a pair was merged
    private readonly List<(int Left, int Right, int Result)> _log = [];
    private readonly Dictionary<(int Left, int Right), long> _pairCounts = [];
    private readonly PriorityQueue<Candidate, Candidate> _queue = new(Comparer<Candidate>.Create(static (a, b) => a.CompareTo(b)));
    private readonly Dictionary<(int Left, int Right), List<int>> _changed = []; // pairs that came about, and the words that they stand in
    private int[] _symbols = []; // all words' symbols, one word behind the other
    private int[] _lengths = []; // how many first symbols each stands for
    private int[] _starts = [];
    private int[] _counts = []; // symbols per word

    /// <summary>Prepares a training.</summary>
    public MergeTraining(WordCounter words, MergeSettings settings)
    {
        _words = words;
        _settings = settings;
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The merges in order; a pair that was merged twice stands at its last place.</summary>
    public IEnumerable<(int Left, int Right, int Result)> Merges => _log.Where((m, i) => _merges[(m.Left, m.Right)] == i);

    /// <summary>Runs the training.</summary>
    /// <param name="progress">Told after every hundredth merge: tokens so far and merges so far.</param>
    /// <param name="cancellationToken">Ends the training with an exception.</param>
    public void Run(Action<int, int>? progress, CancellationToken cancellationToken)
    {
        foreach (var special in _settings.SpecialTokens) Id(special);
        AddAlphabet();
        ReadWords();
        CountPairs(cancellationToken);
        while (_tokens.Count < _settings.VocabularySize && _queue.Count > 0)
        {
            var best = _queue.Dequeue();
            var count = _pairCounts[(best.Left, best.Right)];
            if (count != best.Count)
            {
                if (count > 0) Enqueue(best with { Count = count });
                continue;
            }

            if (count < 1 || count < _settings.MinFrequency) break;
            Merge(best);
            if (_log.Count % 100 != 0) continue;
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(_tokens.Count, _log.Count);
        }
    }

    private int Id(string token)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, token, out var known);
        if (known) return id;
        id = _tokens.Count;
        _tokens.Add(token);
        return id;
    }

    /// <summary>Characters by code point, the rarest left out where there is a limit.</summary>
    private void AddAlphabet()
    {
        var counts = new Dictionary<int, long>();
        for (var word = 0; word < _words.Count; word++)
        {
            var text = _words[word];
            for (var i = 0; i < text.Length;)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, Utf8Text.Decode(text, i, out var length), out _) += _words.CountOf(word);
                i += length;
            }
        }

        foreach (var character in _settings.InitialAlphabet) counts[character] = long.MaxValue;
        var dropped = Math.Max(0, counts.Count - (_settings.LimitAlphabet ?? int.MaxValue));
        var kept = counts.OrderBy(static c => c.Value).ThenByDescending(static c => c.Key).Skip(dropped).Select(static c => c.Key).Order();
        foreach (var character in kept) Id(new Rune(character).ToString());
    }

    /// <summary>Words as symbols; characters outside the alphabet vanish.</summary>
    private void ReadWords()
    {
        _starts = new int[_words.Count + 1];
        _counts = new int[_words.Count];
        var symbols = new List<int>();
        var plain = new Dictionary<int, int>();
        var affixed = _settings.ContinuingPrefix.Length > 0 || _settings.EndSuffix.Length > 0;
        for (var word = 0; word < _words.Count; word++)
        {
            var text = _words[word];
            _starts[word] = symbols.Count;
            for (var i = 0; i < text.Length;)
            {
                var scalar = Utf8Text.Decode(text, i, out var length);
                if (!plain.TryGetValue(scalar, out var symbol)) plain[scalar] = symbol = _ids.TryGetValue(new Rune(scalar).ToString(), out var id) ? id : -1;
                if (symbol >= 0 && affixed) symbol = Id((i > 0 ? _settings.ContinuingPrefix : "") + new Rune(scalar) + (i + length == text.Length ? _settings.EndSuffix : ""));
                if (symbol >= 0) symbols.Add(symbol);
                i += length;
            }

            _counts[word] = symbols.Count - _starts[word];
        }

        _starts[^1] = symbols.Count;
        _symbols = [.. symbols];
        _lengths = new int[_symbols.Length];
        _lengths.AsSpan().Fill(1);
    }

    private void CountPairs(CancellationToken cancellationToken)
    {
        for (var word = 0; word < _words.Count; word++)
        {
            if (word % 4_096 == 0) cancellationToken.ThrowIfCancellationRequested();
            var symbols = _symbols.AsSpan(_starts[word], _counts[word]);
            for (var i = 0; i + 1 < symbols.Length; i++) Change((symbols[i], symbols[i + 1]), _words.CountOf(word), word);
        }

        EnqueueChanged();
    }

    private void Change((int Left, int Right) pair, long by, int word)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_pairCounts, pair, out _) += by;
        if (by <= 0) return;
        ref var words = ref CollectionsMarshal.GetValueRefOrAddDefault(_changed, pair, out _);
        words ??= [];
        if (words.Count == 0 || words[^1] != word) words.Add(word); // words come in order, so the last one tells
    }

    private void EnqueueChanged()
    {
        foreach (var (pair, words) in _changed)
        {
            var count = _pairCounts[pair];
            if (count > 0) Enqueue(new Candidate(count, pair.Left, pair.Right, words));
        }

        _changed.Clear();
    }

    private void Enqueue(Candidate candidate) => _queue.Enqueue(candidate, candidate);

    private void Merge(Candidate best)
    {
        var second = _tokens[best.Right];
        var prefix = _settings.ContinuingPrefix;
        if (prefix.Length > 0 && second.StartsWith(prefix, StringComparison.Ordinal)) second = second[prefix.Length..];
        var result = Id(_tokens[best.Left] + second);
        _merges[(best.Left, best.Right)] = _log.Count;
        _log.Add((best.Left, best.Right, result));
        foreach (var word in best.Words) MergeIn(word, best.Left, best.Right, result);
        EnqueueChanged();
    }

    /// <summary>Joins every occurrence of a pair in a word, from left to right, and keeps the counts of its neighbours up.</summary>
    private void MergeIn(int word, int left, int right, int result)
    {
        var start = _starts[word];
        var symbols = _symbols.AsSpan(start, _counts[word]);
        var lengths = _lengths.AsSpan(start, _counts[word]);
        var count = _words.CountOf(word);
        var (read, write) = (0, 0);
        while (read < symbols.Length)
        {
            if (symbols[read] != left || read + 1 >= symbols.Length || symbols[read + 1] != right)
            {
                (symbols[write], lengths[write]) = (symbols[read], lengths[read]);
                read++;
                write++;
                continue;
            }

            var length = lengths[read] + lengths[read + 1];
            if (write > 0)
            {
                Change((symbols[write - 1], left), -count, word);
                if (lengths[write - 1] + length < _settings.MaxTokenLength) Change((symbols[write - 1], result), count, word);
            }

            read += 2;
            if (read < symbols.Length)
            {
                Change((right, symbols[read]), -count, word);
                if (lengths[read] + length < _settings.MaxTokenLength) Change((result, symbols[read]), count, word);
            }

            (symbols[write], lengths[write]) = (result, length);
            write++;
        }

        _counts[word] = write;
    }

    /// <summary>A pair that may be merged, with the words that it came about in. Higher counts come first, then smaller ids.</summary>
    private readonly record struct Candidate(long Count, int Left, int Right, List<int> Words) : IComparable<Candidate>
    {
        public int CompareTo(Candidate other)
        {
            var order = other.Count.CompareTo(Count);
            if (order == 0) order = Left.CompareTo(other.Left);
            return order != 0 ? order : Right.CompareTo(other.Right);
        }
    }
}
