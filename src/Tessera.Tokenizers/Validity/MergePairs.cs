namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Which tokens of a BPE can stand side by side in one piece of text. A list of tokens is what the merges make of its text exactly where each
/// token is what they make of its own text and no two neighbours would have been joined across their border: both are decided here from the
/// merges alone, without running them.
/// Immutable; knows nothing of pieces.
/// </summary>
internal sealed class MergePairs
{
    private const int Unmade = -2, Leaf = -1;

    private readonly Dictionary<ulong, int> _ranks;
    private readonly int[] _rank; // of the merge that makes a symbol; Leaf for a character or byte, Unmade where no merges lead to it
    private readonly int[] _left;
    private readonly int[] _right;

    /// <summary>Builds the tables.</summary>
    /// <param name="merges">The merges, by ids.</param>
    /// <param name="symbols">How many symbols there are.</param>
    /// <param name="isLeaf">Whether a symbol is what text starts as.</param>
    public MergePairs(IReadOnlyList<Merge> merges, int symbols, Func<int, bool> isLeaf)
    {
        foreach (var (left, right, _, result) in merges) symbols = Math.Max(symbols, Math.Max(result, Math.Max(left, right)) + 1);
        _ranks = new Dictionary<ulong, int>(merges.Count);
        (_rank, _left, _right) = (new int[symbols], new int[symbols], new int[symbols]);
        for (var i = 0; i < symbols; i++) _rank[i] = isLeaf(i) ? Leaf : Unmade;
        foreach (var (left, right, rank, _) in merges) _ranks[Key(left, right)] = rank;

        // Of several merges with one result the one counts whose parts are still apart, and whole, when its turn comes.
        foreach (var (left, right, rank, result) in merges.OrderBy(static m => m.Rank))
        {
            if (_rank[result] != Unmade || _rank[left] == Unmade || _rank[right] == Unmade || _rank[left] > rank || _rank[right] > rank || Joins(left, right, rank)) continue;
            (_rank[result], _left[result], _right[result]) = (rank, left, right);
        }
    }

    /// <summary>Whether the merges make a token of its own text.</summary>
    public bool IsMade(int symbol) => (uint)symbol < (uint)_rank.Length && _rank[symbol] != Unmade;

    /// <summary>
    /// Whether merges of a rank below a limit would join two neighbours across their border. The later of the merges that made the two is undone
    /// until the parts at the border meet: (ab, c) asks for a merge of ab and c, then of b and c if ab came about after c.
    /// </summary>
    /// <param name="left">A token that is made.</param>
    /// <param name="right">A token that is made.</param>
    /// <param name="limit">The first rank that does not count.</param>
    public bool Joins(int left, int right, int limit = int.MaxValue)
    {
        while (true)
        {
            if (_ranks.TryGetValue(Key(left, right), out var rank) && rank < limit) return true;
            var (ofLeft, ofRight) = (_rank[left], _rank[right]);
            if (ofLeft < 0 && ofRight < 0) return false;
            // Merges of one rank go from left to right: one inside the left token comes before one at the border, that before one inside the right.
            if (ofLeft > ofRight) (limit, left) = (ofLeft, _right[left]);
            else (limit, right) = (ofRight + 1, _left[right]);
        }
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;
}
