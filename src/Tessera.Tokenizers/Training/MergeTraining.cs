using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// The training of byte-pair encoding on counted words (Sennrich et al., arXiv 1508.07909) by the exact rules of tokenizers (Hugging Face):
/// pairs weighted by their words' counts, in a heap by count, then by smaller ids; counts are kept up as words change, and an entry whose
/// count has changed goes back with the new one. With <see cref="MergeSettings.IsPiece"/> by those of SentencePiece. Knows nothing about how
/// words came about.
/// </summary>
internal sealed class MergeTraining
{
    private readonly MergeSettings _settings;
    private readonly WordCounter _words;
    private readonly List<string> _tokens = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<Pair> _pairs = [];
    private readonly Dictionary<ulong, int> _pairOf = []; // by left id in the high half, right id in the low one; −1 for a pair that is never merged
    private readonly List<(int Left, int Right, int Result)> _log = [];
    private readonly Dictionary<(int Left, int Right), int> _merges = []; // the place of the last time that a pair was merged
    private readonly PriorityQueue<Candidate, Candidate> _queue;
    private readonly List<int> _gained = []; // pairs that came about since the queue was filled last
    private int[] _symbols = []; // all words' symbols, one word behind the other
    private int[] _lengths = []; // how many first symbols each stands for
    private int[] _starts = [];
    private int[] _counts = []; // symbols per word

    /// <summary>Prepares a training.</summary>
    public MergeTraining(WordCounter words, MergeSettings settings)
    {
        _words = words;
        _settings = settings;
        _queue = new(Comparer<Candidate>.Create(settings.IsPiece is null ? ByIds : ByText));
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The merges in order; a pair that was merged twice stands at its last place.</summary>
    public IEnumerable<(int Left, int Right, int Result)> Merges => _log.Where((m, i) => _merges[(m.Left, m.Right)] == i);

    /// <summary>Runs the training.</summary>
    /// <param name="progress">Told after every hundredth merge: tokens so far.</param>
    /// <param name="cancellationToken">Ends the training with an exception.</param>
    public void Run(Action<int>? progress, CancellationToken cancellationToken)
    {
        foreach (var special in _settings.SpecialTokens) Id(special);
        AddAlphabet();
        ReadWords();
        CountPairs(cancellationToken);
        while (_tokens.Count < _settings.VocabularySize && _queue.Count > 0)
        {
            var best = _queue.Dequeue();
            var pair = _pairs[best.Pair];
            if (pair.Count != best.Count)
            {
                if (pair.Count > 0) Enqueue(best with { Count = pair.Count });
                continue;
            }

            if (pair.Count < 1 || pair.Count < _settings.MinFrequency) break;
            if (pair.Text is not null && _ids.ContainsKey(pair.Text)) continue;
            Merge(pair, best.Words);
            if (_log.Count % 100 != 0) continue;
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(_tokens.Count);
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
        foreach (var character in kept) Id(PieceText.Of(character));
    }

    /// <summary>
    /// Words as symbols; characters outside the alphabet vanish. Symbols with a prefix or a suffix get their ids as they come (the original
    /// walks the words in the order of a randomly seeded hash map).
    /// </summary>
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
                if (!plain.TryGetValue(scalar, out var symbol)) plain[scalar] = symbol = _ids.TryGetValue(PieceText.Of(scalar), out var id) ? id : -1;
                if (symbol >= 0 && affixed) symbol = Id((i > 0 ? _settings.ContinuingPrefix : "") + PieceText.Of(scalar) + (i + length == text.Length ? _settings.EndSuffix : ""));
                if (symbol >= 0) symbols.Add(symbol);
                i += length;
            }

            _counts[word] = symbols.Count - _starts[word];
        }

        _starts[^1] = symbols.Count;
        _symbols = [.. symbols];
        _lengths = _settings.CountsCharacters ? Array.ConvertAll(_symbols, s => IsInsideCharacter(_tokens[s]) ? 0 : 1) : Enumerable.Repeat(1, _symbols.Length).ToArray();
    }

    private static bool IsInsideCharacter(string symbol) => ByteAlphabet.ByteOf(symbol[0]) is >= 0x80 and < 0xC0;

    private void CountPairs(CancellationToken cancellationToken)
    {
        for (var word = 0; word < _words.Count; word++)
        {
            if (word % 4_096 == 0) cancellationToken.ThrowIfCancellationRequested();
            var symbols = _symbols.AsSpan(_starts[word], _counts[word]);
            var lengths = _lengths.AsSpan(_starts[word], _counts[word]);
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                if (!_settings.CountsCharacters || lengths[i] + lengths[i + 1] < _settings.MaxTokenLength) Change(symbols[i], symbols[i + 1], _words.CountOf(word), word);
            }
        }

        EnqueueGained();
    }

    private void Change(int left, int right, long by, int word)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairOf, (ulong)(uint)left << 32 | (uint)right, out var known);
        if (!known) place = NewPair(left, right);
        if (place < 0) return;
        ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[place];
        pair.Count += by;
        if (by <= 0) return;
        if (pair.Gained is null)
        {
            pair.Gained = [];
            _gained.Add(place);
        }

        if (pair.Gained.Count == 0 || pair.Gained[^1] != word) pair.Gained.Add(word); // words come in order, so the last one tells
    }

    private int NewPair(int left, int right)
    {
        var text = _settings.IsPiece is null ? null : _tokens[left] + _tokens[right];
        if (text is not null && !_settings.IsPiece!(text)) return -1;
        _pairs.Add(new Pair { Left = left, Right = right, Text = text });
        return _pairs.Count - 1;
    }

    private void EnqueueGained()
    {
        foreach (var place in _gained)
        {
            ref var pair = ref CollectionsMarshal.AsSpan(_pairs)[place];
            if (pair.Count > 0) Enqueue(new Candidate(pair.Count, place, pair.Gained!));
            pair.Gained = null;
        }

        _gained.Clear();
    }

    private void Enqueue(Candidate candidate) => _queue.Enqueue(candidate, candidate);

    private void Merge(Pair pair, List<int> words)
    {
        var second = _tokens[pair.Right];
        var prefix = _settings.ContinuingPrefix;
        if (prefix.Length > 0 && second.StartsWith(prefix, StringComparison.Ordinal)) second = second[prefix.Length..];
        var result = Id(_tokens[pair.Left] + second);
        _merges[(pair.Left, pair.Right)] = _log.Count;
        _log.Add((pair.Left, pair.Right, result));
        foreach (var word in words) MergeIn(word, pair.Left, pair.Right, result);
        EnqueueGained();
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
                Change(symbols[write - 1], left, -count, word);
                if (lengths[write - 1] + length < _settings.MaxTokenLength) Change(symbols[write - 1], result, count, word);
            }

            read += 2;
            if (read < symbols.Length)
            {
                Change(right, symbols[read], -count, word);
                if (lengths[read] + length < _settings.MaxTokenLength) Change(result, symbols[read], count, word);
            }

            (symbols[write], lengths[write]) = (result, length);
            write++;
        }

        _counts[word] = write;
    }

    private int ByIds(Candidate a, Candidate b)
    {
        var order = b.Count.CompareTo(a.Count);
        if (order != 0) return order;
        var (first, second) = (_pairs[a.Pair], _pairs[b.Pair]);
        order = first.Left.CompareTo(second.Left);
        return order != 0 ? order : first.Right.CompareTo(second.Right);
    }

    private int ByText(Candidate a, Candidate b)
    {
        var order = b.Count.CompareTo(a.Count);
        return order != 0 ? order : PieceText.CompareShorterFirst(_pairs[a.Pair].Text!, _pairs[b.Pair].Text!);
    }

    private struct Pair
    {
        public int Left;
        public int Right;
        public long Count;
        public string? Text; // what the pair becomes, by SentencePiece's rules
        public List<int>? Gained; // the words that it came about in since the queue was filled last
    }

    /// <summary>A pair that may be merged, as often as it occurred when it was put in the queue, with the words that it came about in.</summary>
    private readonly record struct Candidate(long Count, int Pair, List<int> Words);
}
