using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// The reader of Less-is-Better: reads documents one after the other, and keeps a lexicon of chunks that it memorises, tests, moves and
/// forgets. Knows nothing about where documents and coins come from. Names are the paper's: D is <see cref="_probation"/>, R <see cref="_rewards"/>.
/// </summary>
internal sealed class LessIsBetterLearner
{
    private readonly LessIsBetterOptions _options;
    private readonly Func<bool> _coin;
    private readonly int _mostBeforeCoin;
    private readonly Dictionary<int, int> _probation = []; // chunk: documents that it may still outlive
    private readonly HashSet<string> _seenOnce = new(StringComparer.Ordinal);
    private readonly List<(int Chunk, bool Won)> _rewards = [];
    private readonly List<Test> _tests = [];

    /// <summary>Starts with the characters of a document.</summary>
    /// <param name="first">The sentences of the document, in UTF-8.</param>
    /// <param name="options">The settings.</param>
    /// <param name="coin">Whether to propose a memory, asked in the order of reading.</param>
    /// <param name="mostBeforeCoin">The longest chunk after which it is asked. The authors' code asks after ten characters at most, since a guard takes the length of the wrong list.</param>
    public LessIsBetterLearner(IReadOnlyList<byte[]> first, LessIsBetterOptions options, Func<bool> coin, int mostBeforeCoin = int.MaxValue)
    {
        (_options, _coin, _mostBeforeCoin) = (options, coin, mostBeforeCoin);
        foreach (var scalar in first.SelectMany(static s => Utf8Text.Scalars(s)).Distinct().Order())
            _probation[Lexicon.Append(Encoding.UTF8.GetBytes(PieceText.Of(scalar)))] = options.Life;
    }

    /// <summary>The lexicon.</summary>
    public Lexicon Lexicon { get; } = new();

    /// <summary>Reads a document, then forgets and reorders.</summary>
    public void Read(IReadOnlyList<byte[]> document)
    {
        _seenOnce.Clear();
        _rewards.Clear();
        foreach (var sentence in document) ReadSentence(sentence);
        Age();
        Move();
        var forgotten = (int)Math.Floor((1 - _options.Beta) * Lexicon.Count);
        for (var rank = forgotten; rank < Lexicon.Count; rank++) _probation.TryAdd(Lexicon[rank], _options.Life);
    }

    private void ReadSentence(ReadOnlySpan<byte> sentence)
    {
        _tests.Clear();
        var (last, lastIsKnown) = (0..0, false);
        for (var i = 0; i < sentence.Length;)
        {
            Resolve(sentence, i);
            var (longest, second) = Lexicon.LongestAt(sentence[i..], _options.MaxLength);
            foreach (var test in _tests) test.Read(longest);
            if (longest < 0)
            {
                var end = i + Utf8Text.LengthOf(sentence[i]);
                last = lastIsKnown || last.End.Value != i ? i..end : last.Start..end;
                (lastIsKnown, i) = (false, end);
                continue;
            }

            var length = Lexicon.TextOf(longest).Length;
            var characters = Utf8Text.Count(Lexicon.TextOf(longest));
            if (characters <= _mostBeforeCoin && _coin()) Propose(sentence, last, lastIsKnown, i + length, characters);
            if (characters > 1 && second >= 0) Open(longest, i, second);
            else _probation.Remove(longest);
            last = i..(i + length);
            (lastIsKnown, i) = (true, i + length);
        }
    }

    /// <summary>A short run of unknown characters, or the last two chunks as one: memorised the second time in a document.</summary>
    private void Propose(ReadOnlySpan<byte> sentence, Range last, bool lastIsKnown, int end, int characters)
    {
        var length = Utf8Text.Count(sentence[last]);
        ReadOnlySpan<byte> proposal;
        if (lastIsKnown && length + characters <= _options.MaxLength) proposal = sentence[last.Start.Value..end];
        else if (!lastIsKnown && length >= 1 && length <= _options.MiniGap) proposal = sentence[last];
        else return;
        if (Lexicon.Find(proposal) >= 0) return;
        var text = Encoding.UTF8.GetString(proposal);
        if (_seenOnce.Add(text)) return;
        _seenOnce.Remove(text);
        Lexicon.Append(proposal);
    }

    /// <summary>Tests a chunk against what stands there without it: the next shorter one, and then what follows.</summary>
    private void Open(int chunk, int start, int second)
    {
        var test = _tests.Find(t => t.Chunk == chunk);
        if (test is null) _tests.Add(test = new Test(chunk));
        test.Start(start + Lexicon.TextOf(second).Length, second);
    }

    /// <summary>Judges the tests whose two readings meet at a place.</summary>
    private void Resolve(ReadOnlySpan<byte> sentence, int place)
    {
        foreach (var test in _tests)
        {
            while (test.End < place)
            {
                var (next, _) = Lexicon.LongestAt(sentence[test.End..], _options.MaxLength);
                test.ReadOther(next, next < 0 ? Utf8Text.LengthOf(sentence[test.End]) : Lexicon.TextOf(next).Length);
            }

            if (test.End != place) continue;
            if (test.IsLost(Lexicon))
            {
                var text = Lexicon.TextOf(test.Chunk);
                var start = text.Length - 1;
                while ((text[start] & 0xC0) == 0x80) start--;
                _rewards.Add((test.Chunk, false));
                if (Lexicon.LongestAt(text[..start], _options.MaxLength).Longest is >= 0 and var shorter) _rewards.Add((shorter, true));
            }
            else
            {
                _rewards.Add((test.Chunk, true));
                _probation.Remove(test.Chunk);
            }
        }

        _tests.RemoveAll(test => test.End == place);
    }

    private void Age()
    {
        foreach (var chunk in _probation.Keys.ToList())
        {
            if (_probation[chunk] > 1)
            {
                _probation[chunk]--;
                continue;
            }

            _probation.Remove(chunk);
            Lexicon.Remove(chunk);
        }
    }

    private void Move()
    {
        foreach (var (chunk, won) in _rewards)
        {
            var rank = Lexicon.RankOf(chunk);
            if (rank <= 0) continue;
            var step = (int)Math.Floor(rank * _options.Gamma) + 1;
            var to = won ? Math.Max(0, rank - step) : rank + step;
            if (to < Lexicon.Count)
            {
                Lexicon.Move(chunk, to);
                continue;
            }

            Lexicon.Remove(chunk);
            _probation.Remove(chunk);
        }
    }

    /// <summary>Two readings of the same stretch: the factual one that begins with the chunk, and another.</summary>
    private sealed class Test(int chunk)
    {
        private readonly List<int> _factual = []; // −1 for an unknown character
        private readonly List<int> _other = [];

        public int Chunk => chunk;

        /// <summary>Where the other reading ends.</summary>
        public int End { get; private set; }

        public void Start(int end, int second)
        {
            _factual.Clear();
            _other.Clear();
            _factual.Add(chunk);
            _other.Add(second);
            End = end;
        }

        public void Read(int item) => _factual.Add(item);

        public void ReadOther(int item, int length)
        {
            _other.Add(item);
            End += length;
        }

        /// <summary>Whether the other reading has fewer unknown characters, or as many and fewer chunks, or as many and stronger ones. As in the authors' code its unknown characters count as chunks too.</summary>
        public bool IsLost(Lexicon lexicon)
        {
            var (unknown, unknownOther) = (_factual.Count(static c => c < 0), _other.Count(static c => c < 0));
            if (unknown != unknownOther) return unknown > unknownOther;
            var order = (_factual.Count - unknown).CompareTo(_other.Count);
            return order != 0 ? order > 0 : RankSum(_factual, lexicon) > RankSum(_other, lexicon);
        }

        private static long RankSum(List<int> items, Lexicon lexicon) => items.Sum(item => item < 0 ? 0L : lexicon.RankOf(item));
    }
}
