using System.Buffers;
using Tessera.Models;

namespace Tessera.Generation;

/// <summary>
/// A text of bytes under one model. A byte costs one row of one token, whatever the number of ways in which the text can be cut: each list that
/// stands for a beginning of the text exactly goes on from another one. Single-threaded.
/// </summary>
public sealed class ByteSequence : IByteSource
{
    private readonly ByteModel _model;
    private readonly CoverLattice _lattice;
    private readonly ITokenTree _tree;
    private readonly int _start;
    private readonly int[] _context;
    private int _lists = 1;

    internal ByteSequence(ByteModel model, CoverLattice lattice, ITokenTree tree, int start, int[] context) =>
        (_model, _lattice, _tree, _start, _context) = (model, lattice, tree, start, context);

    /// <inheritdoc/>
    public int Length => _start + _lattice.Length;

    /// <inheritdoc/>
    public int Calls => _tree.Calls;

    /// <summary>The tokens that stand in front of all covers: the context, and what of the prompt is cut in one way only.</summary>
    public IReadOnlyList<int> Context => _context;

    /// <summary>
    /// ln of the probability of the text behind <see cref="Context"/>: the sum over all covers. For the probability of a whole text see
    /// <see cref="ByteModel.ScoreAsync"/>.
    /// </summary>
    public double LogProbability
    {
        get
        {
            var (most, sum) = (MostLogProbability(), 0.0);
            foreach (var live in _lattice.Live) sum += Math.Exp(live.Node.LogProbability - most) * (live.Node.End == _lattice.Length ? 1 : Mass(live));
            return most + Math.Log(sum);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="LogitsException">Nothing can follow.</exception>
    public ByteDistribution Next() => Next(_lattice.Live);

    /// <summary>
    /// What the tokens say that end with the text's last byte, as if the text could not go on inside a token: the distribution of a model whose
    /// prompt was simply tokenized. Null where no tokens end there.
    /// </summary>
    public ByteDistribution? NextOfTokensOnly()
    {
        var exact = _lattice.Live.Where(l => l.Node.End == _lattice.Length).ToList();
        return exact.Count == 0 ? null : Next(exact);
    }

    /// <summary>All ways in which the text can have been cut, most probable first.</summary>
    public IReadOnlyList<ByteCover> Covers()
    {
        var covers = new List<ByteCover>();
        foreach (var (node, from, to) in _lattice.Live)
        {
            var path = node.Path();
            if (node.End == _lattice.Length)
            {
                covers.Add(new ByteCover(path, node.LogProbability, default));
                continue;
            }

            for (var place = from; place < to; place++)
            {
                if (node.Law![place] > 0)
                    covers.Add(new ByteCover([.. path, _model.Vocabulary.Id(place)], node.LogProbability + Math.Log(node.Law[place]), _model.Vocabulary.Bytes(place)[(_lattice.Length - node.End)..].ToArray()));
            }
        }

        return [.. covers.Where(static c => !double.IsNegativeInfinity(c.LogProbability)).OrderByDescending(static c => c.LogProbability)];
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        var mark = _lattice.Mark();
        try
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                if ((i & 0xFF) == 0) cancellation.ThrowIfCancellationRequested();
                if (!_lattice.Advance(bytes.Span[i])) throw new ImpossibleBytesException(Length - 1, bytes.Span[i]);
            }

            await EvaluateAsync(mark.Live, cancellation).ConfigureAwait(false);
            if (bytes.Length > 0 && double.IsNegativeInfinity(LogProbability)) throw new ImpossibleBytesException(Length - 1, bytes.Span[^1]);
        }
        catch
        {
            Drop(_lattice.Live, mark.Live);
            _lattice.Return(mark);
            throw;
        }

        Drop(mark.Live, _lattice.Live);
    }

    /// <summary>Frees what the model remembers of the text.</summary>
    public void Dispose()
    {
        foreach (var live in _lattice.Live) Forget(live.Node);
        _tree.Dispose();
    }

    /// <summary>Runs the context and all lists of the prompt.</summary>
    internal async ValueTask BeginAsync(CancellationToken cancellation)
    {
        await _tree.StartAsync(_context, (_, scores) => Fill(_lattice.Root, scores), cancellation).ConfigureAwait(false);
        _lattice.Root.List = 0;
        await EvaluateAsync([], cancellation).ConfigureAwait(false);
        if (_lattice.Live.All(l => l.Node != _lattice.Root)) Forget(_lattice.Root);
    }

    /// <summary>Runs the live lists that have not been run, and those that they go on from.</summary>
    /// <param name="before">What was live before, and must stay as it is if this fails.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    private async ValueTask EvaluateAsync(IReadOnlyList<LiveCover> before, CancellationToken cancellation)
    {
        var pending = Pending();
        if (pending.Count == 0) return;
        var kept = _lattice.Live.Concat(before).Select(static l => l.Node).ToHashSet();
        var numbers = pending.Select(static (n, i) => (n, i)).ToDictionary(static p => p.n, p => _lists + p.i);
        var parents = pending.ConvertAll(n => numbers.TryGetValue(n.Parent!, out var number) ? number : n.Parent!.List).ToArray();
        foreach (var node in pending) node.Parent!.Waiting++;
        try
        {
            await _tree.RunAsync(parents, pending.ConvertAll(static n => n.Token).ToArray(), Take, cancellation).ConfigureAwait(false);
        }
        catch
        {
            foreach (var node in pending)
            {
                node.Parent!.Waiting = 0;
                FreeLaw(node);
            }

            throw;
        }

        _lists += pending.Count;
        foreach (var node in pending)
        {
            node.List = numbers[node];
            if (!kept.Contains(node)) Forget(node);
        }

        void Take(int index, ReadOnlySpan<double> scores)
        {
            var (node, parent) = (pending[index], pending[index].Parent!);
            node.LogProbability = parent.LogProbability + Math.Log(parent.Law![node.Place]);
            Fill(node, scores);
            if (--parent.Waiting == 0 && !kept.Contains(parent)) FreeLaw(parent);
        }
    }

    /// <summary>The lists to run, each behind the one that it goes on from.</summary>
    private List<CoverNode> Pending()
    {
        var (pending, seen, path) = (new List<CoverNode>(), new HashSet<CoverNode>(), new Stack<CoverNode>());
        foreach (var live in _lattice.Live)
        {
            for (var node = live.Node; node is { List: < 0 } && seen.Add(node); node = node.Parent) path.Push(node);
            pending.AddRange(path);
            path.Clear();
        }

        return pending;
    }

    private void Fill(CoverNode node, ReadOnlySpan<double> scores)
    {
        var law = ArrayPool<double>.Shared.Rent(_model.Vocabulary.Count);
        node.Law = law;
        node.EndProbability = TokenLaw.Fill(_model.Vocabulary, node.Tail, scores, _model.Options.Validity, law.AsSpan(0, _model.Vocabulary.Count));
    }

    private ByteDistribution Next(IReadOnlyList<LiveCover> covers)
    {
        var (most, sums) = (MostLogProbability(), new double[ByteDistribution.End + 1]);
        foreach (var (node, from, to) in covers)
        {
            var (scale, depth) = (Math.Exp(node.LogProbability - most), _lattice.Length - node.End);
            for (var place = from; place < to; place++) sums[_model.Vocabulary.ByteAt(place, depth)] += scale * node.Law![place];
            if (depth == 0) sums[ByteDistribution.End] += scale * node.EndProbability;
        }

        if (!sums.Any(static s => s > 0)) throw new LogitsException(_context.Length, "no byte and no end can follow the text");
        return new ByteDistribution(Array.ConvertAll(sums, Math.Log));
    }

    private double MostLogProbability()
    {
        var most = double.NegativeInfinity;
        foreach (var live in _lattice.Live) most = Math.Max(most, live.Node.LogProbability);
        return double.IsNegativeInfinity(most) ? 0 : most; // then every term is 0
    }

    private static double Mass(in LiveCover live)
    {
        var sum = 0.0;
        for (var place = live.From; place < live.To; place++) sum += live.Node.Law![place];
        return sum;
    }

    /// <summary>Forgets lists that are not among those that stay.</summary>
    private void Drop(IReadOnlyList<LiveCover> lists, IReadOnlyList<LiveCover> staying)
    {
        foreach (var (node, _, _) in lists)
        {
            if (staying.All(s => s.Node != node)) Forget(node);
        }
    }

    private void Forget(CoverNode node)
    {
        FreeLaw(node);
        if (node.List >= 0) _tree.Release(node.List);
    }

    private static void FreeLaw(CoverNode node)
    {
        if (node.Law is { } law) ArrayPool<double>.Shared.Return(law);
        node.Law = null;
    }
}
