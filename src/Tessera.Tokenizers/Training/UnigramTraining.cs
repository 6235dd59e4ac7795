using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// The estimation of a unigram language model of pieces (Kudo, "Subword Regularization", arXiv 1804.10959), as SentencePiece and
/// tokenizers (Hugging Face) carry it out: expectation maximisation with a sparse prior, and in between the pieces go whose loss costs the
/// likelihood least, until little more than the vocabulary is left. Sums are taken over a fixed number of parts, so that the number of
/// threads changes no bit.
/// </summary>
internal sealed class UnigramTraining
{
    private const int Parts = 16;

    // Pieces that are expected less often go (kExpectedFrequencyThreshold of SentencePiece).
    private const double LeastExpected = 0.5;

    private readonly WordCounter _words;
    private readonly UnigramSettings _settings;
    private readonly CancellationToken _cancellation;
    private List<(string Text, double Score)> _pieces;
    private ByteTrie _trie = new();
    private double[] _scores = [];

    private UnigramTraining(WordCounter words, List<(string Text, double Score)> pieces, UnigramSettings settings, CancellationToken cancellation)
    {
        (_words, _pieces, _settings, _cancellation) = (words, pieces, settings, cancellation);
    }

    /// <summary>The lowest score.</summary>
    public double Lowest { get; private set; }

    /// <summary>The pieces with the logarithms of their probabilities.</summary>
    public IReadOnlyList<(string Text, double Score)> Pieces => _pieces;

    /// <summary>Estimates.</summary>
    /// <param name="words">The words and how often they occur.</param>
    /// <param name="seeds">The pieces to begin with and their weights.</param>
    /// <param name="settings">The rules.</param>
    /// <param name="progress">Told after every estimation how many pieces are left.</param>
    /// <param name="cancellation">Ends with an exception.</param>
    public static UnigramTraining Run(WordCounter words, IReadOnlyList<(string Text, double Weight)> seeds, UnigramSettings settings, Action<int>? progress, CancellationToken cancellation)
    {
        var logSum = Math.Log(seeds.Sum(static s => s.Weight));
        List<(string, double)> pieces = settings.FollowsSentencePiece ? [] : [("", double.NaN)];
        pieces.AddRange(seeds.Select(s => (s.Text, Math.Log(s.Weight) - logSum)));
        var training = new UnigramTraining(words, pieces, settings, cancellation);
        training.Index();
        var enough = (int)(settings.VocabularySize * 11L / 10);
        while (true)
        {
            for (var i = 0; i < settings.SubIterations; i++)
            {
                training.Maximise(training.Expect());
                progress?.Invoke(training._pieces.Count);
            }

            var before = training._pieces.Count;
            if (before <= enough && !settings.FollowsSentencePiece) break;
            training.Prune(enough);
            if (training._pieces.Count == before) break; // nothing can go any more
            if (training._pieces.Count <= enough && settings.FollowsSentencePiece) break;
        }

        if (settings.FollowsSentencePiece) training.DropShadowed();
        return training;
    }

    private int FirstReal => _settings.FollowsSentencePiece ? 0 : 1;

    private void Index()
    {
        _trie = new ByteTrie();
        _scores = new double[_pieces.Count];
        Lowest = double.PositiveInfinity;
        for (var id = 0; id < _pieces.Count; id++)
        {
            _scores[id] = _pieces[id].Score;
            if (id < FirstReal) continue;
            _trie.Add(Encoding.UTF8.GetBytes(_pieces[id].Text), id);
            Lowest = Math.Min(Lowest, _scores[id]);
        }
    }

    /// <summary>How often each piece is expected.</summary>
    private double[] Expect() => SumOverWords((lattice, word, sums) => lattice.AddExpectations(_words.CountOf(word), sums));

    /// <summary>New scores from expectations: the digamma function in place of the logarithm takes from the rare (a Dirichlet prior).</summary>
    private void Maximise(double[] expected)
    {
        var kept = new List<(string Text, double Score)>();
        var sum = 0.0;
        for (var id = 0; id < _pieces.Count; id++)
        {
            if (id < FirstReal)
            {
                kept.Add(_pieces[id]);
                continue;
            }

            if (expected[id] < LeastExpected) continue;
            kept.Add((_pieces[id].Text, expected[id]));
            sum += expected[id];
        }

        var logSum = Digamma(sum);
        for (var id = FirstReal; id < kept.Count; id++) kept[id] = (kept[id].Text, Digamma(kept[id].Score) - logSum);
        _pieces = kept;
        Index();
    }

    /// <summary>Drops pieces until a share, or enough, are left: those that no best segmentation holds, then those that cost least.</summary>
    private void Prune(int enough)
    {
        var (alternatives, stays) = Alternatives();
        var used = SumOverWords((lattice, word, sums) =>
        {
            lattice.FindBest(withoutWhole: false);
            foreach (var id in lattice.Path) sums[id] += _words.CountOf(word);
        });
        var sum = used.Sum();
        var all = Enumerable.Range(0, _words.Count).Sum(w => (double)_words.CountOf(w));
        var kept = new List<(string, double)>();
        var candidates = new List<(int Id, double Loss)>();
        for (var id = 0; id < _pieces.Count; id++)
        {
            // A piece that is not its own best segmentation, or that no text uses, goes.
            var goes = _settings.FollowsSentencePiece ? used[id] == 0 || !stays[id] : used[id] == 0 && (!stays[id] || alternatives[id] is not null);
            if (id < FirstReal || !goes && alternatives[id] is null) kept.Add(_pieces[id]);
            else if (!goes) candidates.Add((id, Loss(used, sum, all, id, alternatives[id]!)));
        }

        var size = Math.Max(enough, (int)(_pieces.Count * _settings.ShrinkingFactor));
        foreach (var (id, _) in candidates.OrderByDescending(static c => c.Loss).ThenBy(static c => c.Id).Take(Math.Max(0, size - kept.Count))) kept.Add(_pieces[id]);
        _pieces = kept;
        Index();
    }

    /// <summary>Drops pieces that other pieces together score higher than: no text is ever cut into one of them.</summary>
    private void DropShadowed()
    {
        var (_, stays) = Alternatives();
        _pieces = [.. _pieces.Where((_, id) => stays[id])];
        Index();
    }

    /// <summary>
    /// What each piece would be cut into if it were gone: null where its best segmentation is not itself (then it goes unless it is used),
    /// or where there is no other (then it stays).
    /// </summary>
    private (int[]?[] Alternatives, bool[] Stays) Alternatives()
    {
        var (alternatives, stays) = (new int[]?[_pieces.Count], new bool[_pieces.Count]);
        Parallel.For(0, Parts, Threads(), part =>
        {
            var lattice = new PieceLattice();
            for (var id = part; id < _pieces.Count; id += Parts)
            {
                if (id < FirstReal) continue;
                lattice.Read(Encoding.UTF8.GetBytes(_pieces[id].Text), _trie, _scores, Lowest);
                stays[id] = !(lattice.FindBest(withoutWhole: true) > _scores[id]);
                if (stays[id] && lattice.Path.Count > 0) alternatives[id] = [.. lattice.Path];
            }
        });
        return (alternatives, stays);
    }

    /// <summary>How much likelihood is lost, on average over the words, if a piece's occurrences are cut into others.</summary>
    private double Loss(double[] used, double sum, double all, int id, int[] others)
    {
        var logSum = Math.Log(sum + used[id] * ((_settings.FollowsSentencePiece ? others.Length : _pieces.Count) - 1));
        var logOthers = others.Sum(other => Math.Log(used[other] + used[id]) - logSum);
        return used[id] / all * (Math.Log(used[id]) - Math.Log(sum) - logOthers);
    }

    private double[] SumOverWords(Action<PieceLattice, int, double[]> add)
    {
        var parts = new double[Parts][];
        Parallel.For(0, Parts, Threads(), part =>
        {
            var (lattice, sums) = (new PieceLattice(), new double[_pieces.Count]);
            for (var word = part; word < _words.Count; word += Parts)
            {
                lattice.Read(_words[word], _trie, _scores, Lowest);
                add(lattice, word, sums);
            }

            parts[part] = sums;
        });
        var total = parts[0];
        foreach (var part in parts.AsSpan(1))
        {
            for (var id = 0; id < total.Length; id++) total[id] += part[id];
        }

        return total;
    }

    private ParallelOptions Threads() => new() { MaxDegreeOfParallelism = _settings.Threads, CancellationToken = _cancellation };

    /// <summary>The logarithmic derivative of the gamma function: the recurrence up to 7, then the asymptotic series (Abramowitz and Stegun 6.3.18).</summary>
    internal static double Digamma(double x)
    {
        var result = 0.0;
        for (; x < 7; x++) result -= 1 / x;
        x -= 0.5;
        var square = 1 / (x * x);
        // In x − 1/2 the series has even powers only.
        return result + Math.Log(x) + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064 - square * (127.0 / 30720))));
    }
}
