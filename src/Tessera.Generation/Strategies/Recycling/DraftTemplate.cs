namespace Tessera.Generation;

/// <summary>
/// The shape of a draft tree whose tokens are looked up: each node is the candidate of some rank after its parent. Nodes stand in level order,
/// paths of a level in ascending order; the root, which is no node, is the token that was chosen last.
/// </summary>
internal sealed class DraftTemplate
{
    private readonly int[] _parents;
    private readonly int[] _ranks;
    private readonly int[] _depths;
    private readonly int[] _children; // [node + 1, rank]

    private DraftTemplate(int[][] paths)
    {
        (_parents, _ranks, _depths) = (new int[paths.Length], new int[paths.Length], new int[paths.Length]);
        Width = paths.Max(p => p.Max()) + 1;
        _children = new int[checked((paths.Length + 1) * Width)];
        Array.Fill(_children, -1);
        for (var node = 0; node < paths.Length; node++)
        {
            var parent = -1;
            foreach (var rank in paths[node].AsSpan()[..^1]) parent = _children[(parent + 1) * Width + rank] is var next and >= 0 ? next : throw Orphan(paths[node]);
            (_parents[node], _ranks[node], _depths[node]) = (parent, paths[node][^1], paths[node].Length);
            if (_children[(parent + 1) * Width + _ranks[node]] >= 0) throw new ArgumentException($"The path {string.Join('.', paths[node])} stands twice.", nameof(paths));
            _children[(parent + 1) * Width + _ranks[node]] = node;
        }
    }

    /// <summary>The paper's tree: 80 nodes, 8, 21, 25, 15, 8 and 3 in its levels.</summary>
    public static DraftTemplate Paper { get; } = FromPaths(PaperPaths());

    /// <summary>The nodes of <see cref="Paper"/>, and its likeliest paths carried on to 12 tokens: what a size is chosen from at run time.</summary>
    public static DraftTemplate Deep { get; } = FromPaths([.. PaperPaths(), .. DeepPaths()]);

    /// <summary>Nodes, the root not counted.</summary>
    public int Count => _parents.Length;

    /// <summary>One more than the highest rank.</summary>
    public int Width { get; }

    /// <summary>Nodes of the longest path.</summary>
    public int Depth => _depths[^1];

    /// <summary>The parent of each node; −1 for the root.</summary>
    public ReadOnlySpan<int> Parents => _parents;

    /// <summary>Which of its parent's candidates each node is, from 0.</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>How many nodes a path to each node has, itself included.</summary>
    public ReadOnlySpan<int> Depths => _depths;

    /// <summary>The child of a node at a rank.</summary>
    /// <param name="node">The node; −1 for the root.</param>
    /// <param name="rank">The rank.</param>
    /// <returns>The child; −1 where there is none.</returns>
    public int Child(int node, int rank) => (uint)rank < (uint)Width ? _children[(node + 1) * Width + rank] : -1;

    /// <summary>A template of given paths of ranks.</summary>
    /// <param name="paths">The paths in any order, each once, each with the path that it continues; at most 512.</param>
    /// <exception cref="ArgumentException">A path is empty, stands twice, or continues one that is not there.</exception>
    public static DraftTemplate FromPaths(IEnumerable<IReadOnlyList<int>> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var sorted = paths.Select(p => p.ToArray()).ToArray();
        if (sorted.Length is 0 or > 512) throw new ArgumentException("A template has 1 to 512 nodes.", nameof(paths));
        foreach (var path in sorted)
        {
            if (path.Length == 0 || path.Any(r => r is < 0 or > 63)) throw new ArgumentException("A path is a list of ranks from 0 to 63, at least one.", nameof(paths));
        }

        Array.Sort(sorted, (a, b) => a.Length != b.Length ? a.Length.CompareTo(b.Length) : a.AsSpan().SequenceCompareTo(b));
        return new DraftTemplate(sorted);
    }

    private static ArgumentException Orphan(int[] path) => new($"The path {string.Join('.', path)} continues one that is not in the template.", nameof(path));

    // Children of each path of the published tree "2.2.2" (github.com/Luowaterbi/TokenRecycling, tree_template_.py), level by level.
    private static IEnumerable<int[]> PaperPaths()
    {
        (string Path, int Children)[] counts =
        [
            ("", 8), ("0", 8), ("1", 4), ("2", 3), ("3", 2), ("4", 1), ("5", 1), ("6", 1), ("7", 1),
            ("00", 8), ("01", 3), ("02", 2), ("03", 1), ("04", 1), ("05", 1), ("06", 1), ("07", 1), ("10", 2), ("11", 1), ("20", 1), ("30", 1), ("40", 1), ("50", 1),
            ("000", 5), ("001", 2), ("002", 1), ("003", 1), ("004", 1), ("010", 1), ("020", 1), ("100", 1), ("200", 1), ("300", 1),
            ("0000", 3), ("0001", 1), ("0002", 1), ("0010", 1), ("0100", 1), ("1000", 1), ("00000", 2), ("00010", 1),
        ];
        return counts.SelectMany(c => Enumerable.Range(0, c.Children).Select(rank => (int[])[.. c.Path.Select(x => x - '0'), rank]));
    }

    // First candidates behind: first candidates, one step aside at the root or at the second token.
    private static IEnumerable<int[]> DeepPaths()
    {
        var known = PaperPaths().Select(p => string.Join('.', p)).ToHashSet();
        int[][] starts = [[], [1], [2], [3], [0, 1], [0, 2], [1, 1], [0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0, 1]];
        foreach (var start in starts)
        {
            for (var length = start.Length + 1; length <= 12; length++)
            {
                int[] path = [.. start, .. Enumerable.Repeat(0, length - start.Length)];
                if (known.Add(string.Join('.', path))) yield return path;
            }
        }
    }
}
