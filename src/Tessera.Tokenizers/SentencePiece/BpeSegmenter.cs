namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's BPE (bpe_model.cc of google/sentencepiece 0.2): of all neighbours whose concatenation is a piece the one of the highest
/// score is joined first, the leftmost of equal ones. User-defined pieces are never joined; a piece that is unused is taken apart again
/// into what it was joined from.
/// </summary>
internal sealed class BpeSegmenter(PieceTable pieces) : PieceSegmenter(pieces)
{
    public override void Segment(ReadOnlySpan<byte> text, List<(int Id, int Length)> output)
    {
        var run = new Run(Pieces, text);
        for (var at = 0; at < text.Length;)
        {
            var length = UnitAt(text[at..], out var isUserDefined);
            run.Add(at, length, isUserDefined);
            at += length;
        }

        run.Join();
        run.Emit(output);
    }

    // Symbols are linked; one that was joined to its left neighbour has the length 0.
    private ref struct Run(PieceTable pieces, ReadOnlySpan<byte> text)
    {
        private readonly PieceTable _pieces = pieces;
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly List<Symbol> _symbols = [];
        private readonly PriorityQueue<Pair, (float Score, int Left)> _agenda = new(BestFirst.Instance);
        private readonly Dictionary<(int Start, int Length), int> _origins = []; // of unused pieces: the left part's length

        public readonly void Add(int start, int length, bool isFixed)
        {
            if (_symbols.Count > 0) _symbols[^1] = _symbols[^1] with { Next = _symbols.Count };
            _symbols.Add(new Symbol(start, length, _symbols.Count - 1, -1, isFixed));
        }

        public readonly void Join()
        {
            for (var i = 1; i < _symbols.Count; i++) Offer(i - 1, i);
            while (_agenda.TryDequeue(out var pair, out _))
            {
                var (left, right) = (_symbols[pair.Left], _symbols[pair.Right]);
                if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length) continue;
                _symbols[pair.Left] = left with { Length = pair.Length, Next = right.Next };
                if (right.Next >= 0) _symbols[right.Next] = _symbols[right.Next] with { Previous = pair.Left };
                _symbols[pair.Right] = right with { Length = 0 };
                Offer(left.Previous, pair.Left);
                Offer(pair.Left, right.Next);
            }
        }

        public readonly void Emit(List<(int Id, int Length)> output)
        {
            var pending = new Stack<(int Start, int Length)>();
            for (var i = _symbols.Count == 0 ? -1 : 0; i >= 0; i = _symbols[i].Next)
            {
                pending.Push((_symbols[i].Start, _symbols[i].Length));
                while (pending.TryPop(out var part))
                {
                    var id = _pieces.IdOf(_text.Slice(part.Start, part.Length));
                    if (_pieces.TypeOf(id) == PieceType.Unused && _origins.TryGetValue(part, out var left))
                    {
                        pending.Push((part.Start + left, part.Length - left));
                        pending.Push((part.Start, left));
                    }
                    else
                    {
                        output.Add((id, part.Length));
                    }
                }
            }
        }

        private readonly void Offer(int left, int right)
        {
            if (left < 0 || right < 0 || _symbols[left].IsFixed || _symbols[right].IsFixed) return;
            var (start, length) = (_symbols[left].Start, _symbols[left].Length + _symbols[right].Length);
            var id = _pieces.FindSearched(_text.Slice(start, length));
            if (id < 0) return;
            if (_pieces.TypeOf(id) == PieceType.Unused) _origins[(start, length)] = _symbols[left].Length;
            _agenda.Enqueue(new Pair(left, right, length), (_pieces.ScoreOf(id), left));
        }
    }

    private readonly record struct Symbol(int Start, int Length, int Previous, int Next, bool IsFixed);

    private readonly record struct Pair(int Left, int Right, int Length);

    private sealed class BestFirst : IComparer<(float Score, int Left)>
    {
        public static readonly BestFirst Instance = new();

        public int Compare((float Score, int Left) x, (float Score, int Left) y) => x.Score != y.Score ? y.Score.CompareTo(x.Score) : x.Left.CompareTo(y.Left);
    }
}
