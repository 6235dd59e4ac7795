using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// All segmentations of one text into pieces: expectations of the pieces over them, the best one, and the best one that is not the text
/// as a whole. Positions are bytes. A character that is no piece is one of unknown text, counted for piece 0. Reused; for one thread.
/// </summary>
internal sealed class PieceLattice
{
    // SentencePiece's penalty of an unknown character below the worst piece (kUnkPenalty).
    private const double UnknownPenalty = 10;

    private readonly List<Node> _nodes = [];
    private double[] _forward = new double[64];
    private double[] _backward = new double[64];
    private int[] _best = new int[64]; // the last node of the best path up to each position; −1 for none
    private int _length;

    /// <summary>The ids of the segmentation that was found last, its end first.</summary>
    public List<int> Path { get; } = [];

    /// <summary>Reads a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="pieces">The pieces and their ids.</param>
    /// <param name="scores">The pieces' scores.</param>
    /// <param name="lowest">The lowest score.</param>
    public void Read(ReadOnlySpan<byte> text, ByteTrie pieces, double[] scores, double lowest)
    {
        _nodes.Clear();
        _length = text.Length;
        if (_forward.Length <= text.Length)
        {
            _forward = new double[2 * text.Length + 1];
            _backward = new double[2 * text.Length + 1];
            _best = new int[2 * text.Length + 1];
        }

        for (var start = 0; start < text.Length;)
        {
            var character = Utf8Text.LengthOf(text[start]);
            var isPiece = false;
            var node = ByteTrie.Root;
            for (var end = start; end < text.Length;)
            {
                node = pieces.Child(node, text[end++]);
                if (node < 0) break;
                if (pieces.Value(node) is not (>= 0 and var id)) continue;
                _nodes.Add(new Node(start, end, id, scores[id]));
                isPiece |= end - start == character;
            }

            if (!isPiece) _nodes.Add(new Node(start, start + character, 0, lowest - UnknownPenalty));
            start += character;
        }
    }

    /// <summary>Adds how often each piece is expected, times a weight, by the forward-backward algorithm.</summary>
    public void AddExpectations(double weight, double[] expected)
    {
        var forward = _forward.AsSpan(0, _length + 1);
        var backward = _backward.AsSpan(0, _length + 1);
        forward.Fill(double.NegativeInfinity);
        backward.Fill(double.NegativeInfinity);
        forward[0] = backward[_length] = 0;
        foreach (var node in _nodes) forward[node.End] = LogSum(forward[node.End], forward[node.Start] + node.Score);
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            backward[node.Start] = LogSum(backward[node.Start], backward[node.End] + node.Score);
        }

        foreach (var node in _nodes) expected[node.Id] += weight * Math.Exp(forward[node.Start] + node.Score + backward[node.End] - forward[_length]);
    }

    /// <summary>Finds the best segmentation, of equal ones the first, and leaves its ids in <see cref="Path"/>.</summary>
    /// <param name="withoutWhole">Whether the text as one piece does not count.</param>
    /// <returns>The score; −∞ where there is none.</returns>
    public double FindBest(bool withoutWhole)
    {
        Path.Clear();
        var scores = _forward.AsSpan(0, _length + 1);
        scores.Fill(double.NegativeInfinity);
        scores[0] = 0;
        var best = _best.AsSpan(0, _length + 1);
        best.Fill(-1);
        for (var i = 0; i < _nodes.Count; i++)
        {
            var node = _nodes[i];
            if (withoutWhole && node.Start == 0 && node.End == _length) continue;
            var score = scores[node.Start] + node.Score;
            if (best[node.End] >= 0 && !(score > scores[node.End])) continue;
            (scores[node.End], best[node.End]) = (score, i);
        }

        for (var end = _length; end > 0 && best[end] >= 0; end = _nodes[best[end]].Start) Path.Add(_nodes[best[end]].Id);
        return best[_length] < 0 ? double.NegativeInfinity : scores[_length];
    }

    private static double LogSum(double a, double b)
    {
        var (low, high) = a < b ? (a, b) : (b, a);
        // Beyond 50 the smaller one is lost in the larger one's last bit, as in the originals.
        return high > low + 50 ? high : high + Math.Log(Math.Exp(low - high) + 1);
    }

    private readonly record struct Node(int Start, int End, int Id, double Score);
}
