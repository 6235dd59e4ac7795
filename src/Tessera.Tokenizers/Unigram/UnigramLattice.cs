using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Unigram;

/// <summary>
/// All segmentations of a text by a unigram model as a lattice, under P(segmentation) ∝ exp(α · sum of its pieces' scores) (Kudo, "Subword
/// Regularization", arXiv 1804.10959). Natural logarithms; everything is linear in the number of edges.
/// </summary>
internal sealed class UnigramLattice
{
    private readonly int _length;
    private readonly List<Edge> _edges = []; // by start
    private readonly List<int>?[] _ending;

    /// <summary>A lattice without edges.</summary>
    /// <param name="length">Bytes of the text.</param>
    public UnigramLattice(int length)
    {
        _length = length;
        _ending = new List<int>?[length + 1];
    }

    /// <summary>The pieces by their starts.</summary>
    public IEnumerable<(int Start, int End, int Id, double Score)> Edges => _edges.Select(static e => (e.Start, e.End, e.Id, e.Score));

    /// <summary>Adds a piece; in order of their starts.</summary>
    public void Add(int start, int end, int id, double score)
    {
        (_ending[end] ??= []).Add(_edges.Count);
        _edges.Add(new Edge(start, end, id, score));
    }

    /// <summary>The logarithm of the sum over all segmentations of exp(α · score).</summary>
    public double LogPartition(double alpha) => Forward(alpha)[_length];

    /// <summary>How often each piece stands in a segmentation, on average.</summary>
    public Dictionary<int, double> ExpectedCounts(double alpha)
    {
        var counts = new Dictionary<int, double>();
        foreach (var (edge, probability) in Posterior(alpha)) CollectionsMarshal.GetValueRefOrAddDefault(counts, edge.Id, out _) += probability;
        return counts;
    }

    /// <summary>The entropy of the segmentation in nats: log Z − α · E[score].</summary>
    public double Entropy(double alpha) => LogPartition(alpha) - alpha * Posterior(alpha).Sum(static e => e.Probability * e.Edge.Score);

    /// <summary>Draws a segmentation: forward filtering, backward sampling.</summary>
    /// <param name="alpha">α; 0 for all segmentations alike.</param>
    /// <param name="uniform">The random numbers, in [0, 1).</param>
    /// <returns>Its pieces from the start on, with their lengths in bytes.</returns>
    public List<(int Id, int Length)> Sample(double alpha, Func<double> uniform)
    {
        var forward = Forward(alpha);
        var pieces = new List<(int Id, int Length)>();
        for (var at = _length; at > 0;)
        {
            var ending = _ending[at]!;
            var left = uniform();
            Edge chosen = default;
            foreach (var index in ending)
            {
                if (double.IsNegativeInfinity(forward[_edges[index].Start])) continue;
                chosen = _edges[index];
                left -= Math.Exp(forward[chosen.Start] + alpha * chosen.Score - forward[at]);
                if (left < 0) break;
            }

            pieces.Add((chosen.Id, chosen.End - chosen.Start));
            at = chosen.Start;
        }

        pieces.Reverse();
        return pieces;
    }

    private double[] Forward(double alpha)
    {
        var sums = new double[_length + 1];
        for (var at = 1; at <= _length; at++) sums[at] = LogSum(_ending[at], e => sums[e.Start] + alpha * e.Score);
        return sums;
    }

    private IEnumerable<(Edge Edge, double Probability)> Posterior(double alpha)
    {
        var forward = Forward(alpha);
        var backward = new double[_length + 1];
        backward.AsSpan(0, _length).Fill(double.NegativeInfinity);
        // Edges come by their starts: in reverse, what follows an edge's end is complete.
        for (var i = _edges.Count - 1; i >= 0; i--) backward[_edges[i].Start] = LogAdd(backward[_edges[i].Start], backward[_edges[i].End] + alpha * _edges[i].Score);
        foreach (var edge in _edges)
        {
            var probability = Math.Exp(forward[edge.Start] + alpha * edge.Score + backward[edge.End] - forward[_length]);
            if (probability > 0) yield return (edge, probability);
        }
    }

    private double LogSum(List<int>? edges, Func<Edge, double> term)
    {
        var sum = double.NegativeInfinity;
        foreach (var index in edges ?? []) sum = LogAdd(sum, term(_edges[index]));
        return sum;
    }

    private static double LogAdd(double a, double b)
    {
        if (double.IsNegativeInfinity(a)) return b;
        if (double.IsNegativeInfinity(b)) return a;
        var (high, low) = a > b ? (a, b) : (b, a);
        return high + double.LogP1(Math.Exp(low - high));
    }

    private readonly record struct Edge(int Start, int End, int Id, double Score);
}
