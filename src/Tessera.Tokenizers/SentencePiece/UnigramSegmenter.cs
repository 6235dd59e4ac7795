using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// The unigram model as SentencePiece computes it (unigram_model.cc of google/sentencepiece 0.2, EncodeOptimized): the segmentation of the
/// highest total score by Viterbi, totals in single precision, what was found first winning ties. A user-defined piece scores so high that
/// it is always taken. Also gives the best few segmentations.
/// </summary>
internal sealed class UnigramSegmenter(PieceTable pieces) : PieceSegmenter(pieces)
{
    private const float UnknownPenalty = 10; // kUnkPenalty
    private const float UserDefinedScore = 0.1f; // for each byte or character; what release 0.2.3 gives in its n best (earlier ones took the highest score of a piece)

    public override void Segment(ReadOnlySpan<byte> text, List<(int Id, int Length)> output)
    {
        var ends = new Node[text.Length + 1];
        Array.Fill(ends, new Node(-1, -1, 0));
        var best = new BestPath(this, ends);
        Walk(text, ref best);
        var first = output.Count;
        for (var end = text.Length; end > 0; end = ends[end].Start) output.Add((ends[end].Id, end - ends[end].Start));
        CollectionsMarshal.AsSpan(output)[first..].Reverse();
    }

    /// <summary>The best segmentations, best first, with their total scores.</summary>
    /// <param name="text">Normalised UTF-8.</param>
    /// <param name="count">How many at most.</param>
    public List<(List<(int Id, int Length)> Pieces, double Score)> Best(ReadOnlySpan<byte> text, int count)
    {
        // For each place the best ways to get there: the place before, which of its ways, and the piece between.
        var ways = new List<Way>?[text.Length + 1];
        ways[0] = [new Way(0, -1, 0, -1, 0)];
        foreach (var (start, end, id, score) in Lattice(text).Edges) Extend(ways, start, end, id, score, count);
        var best = new List<(List<(int Id, int Length)> Pieces, double Score)>();
        foreach (var way in ways[text.Length] ?? []) best.Add(Trace(ways, text.Length, way));
        return best;
    }

    /// <summary>All segmentations.</summary>
    /// <param name="text">Normalised UTF-8.</param>
    public UnigramLattice Lattice(ReadOnlySpan<byte> text)
    {
        var edges = new AllEdges(this, text, new UnigramLattice(text.Length));
        Walk(text, ref edges);
        return edges.Lattice;
    }

    /// <summary>Every piece at every place of a text, by their starts, and a character as unknown where it is no piece itself.</summary>
    private void Walk<TEdges>(ReadOnlySpan<byte> text, ref TEdges edges)
        where TEdges : struct, IEdges, allows ref struct
    {
        for (var start = 0; start < text.Length;)
        {
            var character = Math.Min(Utf8Text.LengthOf(text[start]), text.Length - start);
            var hasSingle = false;
            var node = ByteTrie.Root;
            for (var end = start; end < text.Length;)
            {
                node = Pieces.Searched.Child(node, text[end++]);
                if (node < 0) break;
                if (Pieces.Searched.Value(node) is not (>= 0 and var id) || Pieces.TypeOf(id) == PieceType.Unused) continue;
                edges.Add(start, end, id);
                hasSingle |= end - start == character;
            }

            if (!hasSingle) edges.AddUnknown(start, start + character);
            start += character;
        }
    }

    private double ScoreOf(int id, int length) =>
        Pieces.TypeOf(id) == PieceType.UserDefined ? length * UserDefinedScore - 0.1 : Pieces.ScoreOf(id);

    private static void Extend(List<Way>?[] ways, int start, int end, int id, double score, int count)
    {
        if (ways[start] is not { } before) return;
        var into = ways[end] ??= [];
        for (var i = 0; i < before.Count; i++)
        {
            var way = new Way(before[i].Score + score, start, i, id, (float)score);
            var at = into.Count;
            while (at > 0 && into[at - 1].Score < way.Score) at--;
            if (at >= count) break; // the others are no better
            into.Insert(at, way);
            if (into.Count > count) into.RemoveAt(count);
        }
    }

    // The total is added up from the end and in single precision, as in the library.
    private static (List<(int Id, int Length)> Pieces, double Score) Trace(List<Way>?[] ways, int end, Way way)
    {
        var pieces = new List<(int, int)>();
        var total = 0f;
        while (way.Start >= 0)
        {
            var before = ways[way.Start]![way.Rank];
            pieces.Add((way.Id, end - way.Start));
            total += way.Own;
            (end, way) = (way.Start, before);
        }

        pieces.Reverse();
        return (pieces, total);
    }

    /// <summary>What a walk finds.</summary>
    private interface IEdges
    {
        void Add(int start, int end, int id);

        void AddUnknown(int start, int end);
    }

    /// <summary>For each place the best way to it.</summary>
    private readonly ref struct BestPath(UnigramSegmenter segmenter, Span<Node> ends) : IEdges
    {
        private readonly Span<Node> _ends = ends;

        public void Add(int start, int end, int id) => Offer(start, end, id, segmenter.ScoreOf(id, end - start) + _ends[start].Score);

        public void AddUnknown(int start, int end) => Offer(start, end, segmenter.Pieces.Unknown, segmenter.Pieces.LowestScore - UnknownPenalty + _ends[start].Score);

        private void Offer(int start, int end, int id, double score)
        {
            ref var node = ref _ends[end];
            if (node.Start < 0 || score > node.Score) node = new Node(start, id, (float)score);
        }
    }

    /// <summary>All ways. Here the library counts a user-defined piece's length in characters.</summary>
    private readonly ref struct AllEdges(UnigramSegmenter segmenter, ReadOnlySpan<byte> text, UnigramLattice lattice) : IEdges
    {
        private readonly ReadOnlySpan<byte> _text = text;

        public UnigramLattice Lattice => lattice;

        public void Add(int start, int end, int id) => lattice.Add(start, end, id, segmenter.ScoreOf(id, Utf8Text.Count(_text[start..end])));

        public void AddUnknown(int start, int end) => lattice.Add(start, end, segmenter.Pieces.Unknown, segmenter.Pieces.LowestScore - UnknownPenalty);
    }

    private readonly record struct Node(int Start, int Id, float Score);

    private readonly record struct Way(double Score, int Start, int Rank, int Id, float Own);
}
