namespace Tessera.Generation;

/// <summary>
/// One draft tree of Token Recycling: filled from the matrix by look-ups, walked along the tokens that are really chosen, and then the matrix's
/// teacher. Rows of the pass: row 0 is the root, the token that was chosen last; the others are nodes of the template in its order. Knows
/// nothing of models and samplers. Reusable; allocates nothing after its construction.
/// </summary>
internal sealed class RecycledDraft
{
    // A node that is reached less often than this costs more than it brings at any size: a row costs a sixth of a pass of one, and more.
    private const double LeastValue = 0.02;

    // A pass must promise this much more than it costs: what the estimates are good to.
    private const double Margin = 1.1;

    private readonly DraftTemplate _template;
    private readonly CandidateRanking _ranking;
    private readonly int[] _tokens;
    private readonly int[] _parents;
    private readonly int[] _depths;
    private readonly int[] _rowOf; // by node + 1; −1 where it is not drafted
    private readonly int[] _candidate; // by node: the token that it would be, and how likely it is to be reached; taken ones negative
    private readonly double[] _value;
    private readonly int[] _order;
    private readonly int[] _children;
    private readonly int[] _path;
    private int[] _alive; // rows whose path is what was chosen; more than one where equal tokens stand side by side
    private int[] _next;
    private int _aliveCount;

    /// <summary>A draft without rows.</summary>
    /// <param name="template">The shape.</param>
    /// <param name="ranking">The candidates; their matrix learns from <see cref="Learn"/>.</param>
    public RecycledDraft(DraftTemplate template, CandidateRanking ranking)
    {
        (_template, _ranking) = (template, ranking);
        var rows = template.Count + 1;
        (_tokens, _parents, _depths, _rowOf) = (new int[rows], new int[rows], new int[rows], new int[rows]);
        (_candidate, _value, _order) = (new int[template.Count], new double[template.Count], new int[template.Count]);
        (_children, _path, _alive, _next) = (new int[rows], new int[rows], new int[rows], new int[rows]);
    }

    /// <summary>Rows, the root included.</summary>
    public int Count { get; private set; }

    /// <summary>The rows' tokens.</summary>
    public ReadOnlyMemory<int> Tokens => _tokens.AsMemory(0, Count);

    /// <summary>The row that each row follows; −1 for the root.</summary>
    public ReadOnlyMemory<int> Parents => _parents.AsMemory(0, Count);

    /// <summary>The row whose path is what was chosen so far: its logits choose the next token.</summary>
    public int Row => _alive[0];

    /// <summary>The rows from the root to <see cref="Row"/>.</summary>
    public ReadOnlySpan<int> Path
    {
        get
        {
            var length = _depths[Row] + 1;
            for (var (row, i) = (Row, length - 1); row >= 0; row = _parents[row]) _path[i--] = row;
            return _path.AsSpan(0, length);
        }
    }

    /// <summary>The tokens drafted to follow <see cref="Row"/>.</summary>
    public ReadOnlySpan<int> Drafted
    {
        get
        {
            var count = 0;
            for (var row = 1; row < Count; row++)
            {
                if (Lives(_parents[row])) _children[count++] = _tokens[row];
            }

            return _children.AsSpan(0, count);
        }
    }

    /// <summary>Drafts all of the template. Nodes without a candidate are left out, and with them all that follow them.</summary>
    /// <param name="text">The text so far: its last token is the root.</param>
    /// <param name="depth">The longest path that is of use.</param>
    /// <param name="most">The most nodes.</param>
    public void Fill(ReadOnlySpan<int> text, int depth, int most)
    {
        Begin(text[^1]);
        Span<int> ranked = stackalloc int[_template.Width];
        var rankedOf = -2; // children of one parent stand side by side
        for (var node = 0; node < _template.Count; node++)
        {
            var parent = _template.Parents[node];
            _rowOf[node + 1] = -1;
            if (_rowOf[parent + 1] < 0 || _template.Depths[node] > depth || Count > most) continue;
            if (rankedOf != parent) Rank(text, rankedOf = parent, ranked);
            if (ranked[_template.Ranks[node]] is var token and >= 0) Add(node, _candidate[node] = token);
        }
    }

    /// <summary>Drafts the nodes that make the pass pay most, tokens gained for its cost; none, if none do.</summary>
    /// <param name="text">The text so far: its last token is the root.</param>
    /// <param name="onCourse">Whether the root was a first candidate itself.</param>
    /// <param name="depth">The longest path that is of use.</param>
    /// <param name="most">The most nodes.</param>
    /// <param name="governor">How likely candidates are.</param>
    /// <param name="costs">What passes cost.</param>
    public void FillPaying(ReadOnlySpan<int> text, bool onCourse, int depth, int most, DraftGovernor governor, PassCosts costs)
    {
        Begin(text[^1]);
        if (depth < 1) return;
        Value(text, onCourse, depth, governor);
        var (tokens, bestSpeed, best) = (1.0, Margin, 0);
        for (var count = 0; count < most; count++)
        {
            var next = Likeliest();
            if (next < 0) break;
            _order[count] = next;
            tokens += _value[next];
            _value[next] = 0; // taken
            var speed = tokens / costs.Of(count + 2);
            if (speed > bestSpeed) (bestSpeed, best) = (speed, count + 1);
        }

        var chosen = _order.AsSpan(0, best);
        chosen.Sort(); // parents first again
        foreach (var node in chosen) Add(node, _candidate[node]);
    }

    // How likely each node of the template is to be reached.
    private void Value(ReadOnlySpan<int> text, bool onCourse, int depth, DraftGovernor governor)
    {
        Span<int> ranked = stackalloc int[_template.Width];
        var (rankedOf, ground) = (-2, 0);
        for (var node = 0; node < _template.Count; node++)
        {
            var (parent, rank) = (_template.Parents[node], _template.Ranks[node]);
            var reached = parent < 0 ? 1 : _value[parent];
            _value[node] = 0;
            if (reached < LeastValue || _template.Depths[node] > depth) continue;
            if (rankedOf != parent) ground = Rank(text, rankedOf = parent, ranked);
            if (ranked[rank] < 0) continue;
            _candidate[node] = ranked[rank];
            _value[node] = reached * governor.Probability(ground, parent < 0 ? onCourse : _template.Ranks[parent] == 0, rank);
        }
    }

    // What may follow a node; −1 is the root.
    private int Rank(ReadOnlySpan<int> text, int node, Span<int> ranked)
    {
        Span<int> context = stackalloc int[TextFollowers.LongestMatch];
        var length = 0;
        for (; node >= 0 && length < context.Length; node = _template.Parents[node]) context[length++] = _candidate[node];
        for (var i = text.Length - 1; i >= 0 && length < context.Length; i--) context[length++] = text[i];
        return _ranking.Rank(context[..length], ranked);
    }

    // The first of the nodes with the largest value: a parent is worth no less than its children and stands before them.
    private int Likeliest()
    {
        var best = -1;
        var value = LeastValue;
        for (var node = 0; node < _template.Count; node++)
        {
            if (_value[node] > value) (best, value) = (node, _value[node]);
        }

        return best;
    }

    private void Begin(int root)
    {
        (_tokens[0], _parents[0], _depths[0], _rowOf[0], Count) = (root, -1, 0, 0, 1);
        (_alive[0], _aliveCount) = (0, 1);
    }

    private void Add(int node, int token)
    {
        var parent = _rowOf[_template.Parents[node] + 1];
        (_tokens[Count], _parents[Count], _depths[Count], _rowOf[node + 1]) = (token, parent, _depths[parent] + 1, Count);
        Count++;
    }

    /// <summary>Goes on to the rows that hold the token that was chosen after <see cref="Row"/>.</summary>
    /// <param name="token">The token.</param>
    /// <returns>Whether there is one; if not, <see cref="Row"/> stays.</returns>
    public bool Advance(int token)
    {
        var count = 0;
        for (var row = 1; row < Count; row++)
        {
            if (_tokens[row] == token && Lives(_parents[row])) _next[count++] = row;
        }

        if (count == 0) return false;
        (_alive, _next, _aliveCount) = (_next, _alive, count);
        return true;
    }

    /// <summary>
    /// Teaches the matrix: the candidates after each row's token become the most likely ones of the row, rejected rows included. Of rows with
    /// equal tokens one on the accepted path counts, else the one of the smallest depth, else the last.
    /// </summary>
    /// <param name="logits">The logits after each row, <c>[rows, vocabulary]</c>.</param>
    public void Learn(ReadOnlySpan<float> logits)
    {
        var vocabulary = _ranking.Matrix.VocabularySize;
        if (logits.Length != (long)Count * vocabulary) throw new ArgumentException($"{Count} rows have {(long)Count * vocabulary} logits, not {logits.Length}.", nameof(logits));
        var path = Path;
        for (var row = 0; row < Count; row++)
        {
            if (!Overruled(row, path)) _ranking.Matrix.Learn(_tokens[row], logits.Slice(row * vocabulary, vocabulary));
        }
    }

    private bool Overruled(int row, ReadOnlySpan<int> path)
    {
        var accepted = path.Contains(row);
        for (var other = 0; other < Count; other++)
        {
            if (other == row || _tokens[other] != _tokens[row]) continue;
            var otherAccepted = path.Contains(other);
            if (otherAccepted != accepted ? otherAccepted : _depths[other] != _depths[row] ? _depths[other] < _depths[row] : other > row) return true;
        }

        return false;
    }

    private bool Lives(int row) => _alive.AsSpan(0, _aliveCount).Contains(row);
}
