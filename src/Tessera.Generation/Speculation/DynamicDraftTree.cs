namespace Tessera.Generation;

/// <summary>
/// A draft tree whose shape follows the draft model's probabilities (DySpec: Xiong et al. 2024, arXiv 2410.11744). A slot is a place where one more token
/// could be drafted; its value is the probability that verification asks for it, if acceptance equals draft probability: that of its parents
/// accepted, its elder siblings rejected. The most valuable slot is drafted first. Whether a slot is opened depends on tokens drawn before it, never
/// on its own, which keeps verification exact (<see cref="VerificationRule.WithoutReplacement"/> for drawn tokens,
/// <see cref="VerificationRule.SampleAndMatch"/> for the most probable ones). Knows no models: rows come from a function.
/// </summary>
public sealed class DynamicDraftTree
{
    private readonly List<Node> _nodes = [];
    private readonly RowOf _row;
    private readonly Func<double>? _uniform;
    private readonly int _maxDepth;

    private DynamicDraftTree(RowOf row, int? maxDepth, Func<double>? uniform)
    {
        ArgumentNullException.ThrowIfNull(row);
        (_row, _maxDepth, _uniform) = (row, Require.AtLeast(maxDepth ?? int.MaxValue, 1, nameof(maxDepth)), uniform);
    }

    /// <summary>A drafted token.</summary>
    /// <param name="Token">The token.</param>
    /// <param name="Parent">The node that it follows; −1 for the root. Siblings stand in the order in which they were drawn.</param>
    /// <param name="Depth">Nodes of its path, itself included.</param>
    /// <param name="SlotValue">How likely verification was to ask for its slot.</param>
    /// <param name="Value">How likely it is to be accepted.</param>
    public readonly record struct Node(int Token, int Parent, int Depth, double SlotValue, double Value);

    /// <summary>The draft model's distribution after a node, <c>[vocabulary]</c>.</summary>
    /// <param name="nodes">The nodes so far.</param>
    /// <param name="node">The node; −1 for the root.</param>
    public delegate double[] RowOf(IReadOnlyList<Node> nodes, int node);

    // A place for one more token: the draft's row without the elder siblings' tokens, normalised; null until it is asked for.
    private sealed record Slot(double Value, int Parent, int Depth, double[]? Row);

    /// <summary>The nodes, in the order in which they were drafted: parents before children.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Values of the slots that were left open, in descending order.</summary>
    public IReadOnlyList<double> SlotsLeft { get; private set; } = [];

    /// <summary>Calls of the draft model, where the rows of a layer come from one.</summary>
    public int DraftCalls { get; private set; }

    /// <summary>The drafted tokens that are accepted on average, if acceptance equals draft probability.</summary>
    public double ExpectedAccepted => _nodes.Sum(n => n.Value);

    /// <summary>Drafts the most valuable slot, again and again. Asks for a node's row when its first child is drafted.</summary>
    /// <param name="row">The draft model's rows.</param>
    /// <param name="budget">The most nodes, at least 1.</param>
    /// <param name="maxDepth">The longest path; null for any.</param>
    /// <param name="uniform">Numbers in [0, 1) to draw tokens with; null takes the most probable token, the lowest id on ties.</param>
    public static DynamicDraftTree Grow(RowOf row, int budget, int? maxDepth = null, Func<double>? uniform = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        var tree = new DynamicDraftTree(row, maxDepth, uniform);
        var slots = new PriorityQueue<Slot, (double Value, int Order)>();
        var order = 0;
        void Push(Slot? slot)
        {
            if (slot is not null) slots.Enqueue(slot, (-slot.Value, order++));
        }

        Push(new Slot(1, -1, 1, null));
        while (tree._nodes.Count < budget && slots.TryDequeue(out var slot, out _))
        {
            if (slot.Row is null) tree.DraftCalls++;
            var (sibling, child) = tree.Draft(slot with { Row = slot.Row ?? tree.Distribution(slot.Parent) });
            Push(sibling);
            Push(child);
        }

        tree.SlotsLeft = [.. slots.UnorderedItems.Select(s => s.Element.Value).OrderDescending()];
        return tree;
    }

    /// <summary>Drafts layer by layer all slots of at least a value: one call of the draft model for a layer.</summary>
    /// <param name="row">The draft model's rows.</param>
    /// <param name="budget">The most nodes, at least 1.</param>
    /// <param name="threshold">The least value of a slot, in (0, 1]; 1/budget is a beginning.</param>
    /// <param name="maxDepth">The longest path; null for any.</param>
    /// <param name="uniform">Numbers in [0, 1) to draw tokens with; null takes the most probable token.</param>
    public static DynamicDraftTree GrowLayers(RowOf row, int budget, double threshold, int? maxDepth = null, Func<double>? uniform = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        Require.Positive(Require.InRange(threshold, 0, 1, nameof(threshold)), nameof(threshold));
        var tree = new DynamicDraftTree(row, maxDepth, uniform);
        List<Slot> layer = [new Slot(1, -1, 1, null)];
        while (layer.Count > 0 && tree._nodes.Count < budget)
        {
            tree.DraftCalls++;
            var next = new List<Slot>();
            foreach (var first in layer.OrderByDescending(s => s.Value)) // stable: equals in the order of their parents
            {
                Slot? slot = first with { Row = tree.Distribution(first.Parent) };
                while (slot is not null && slot.Value >= threshold && tree._nodes.Count < budget)
                {
                    var (sibling, child) = tree.Draft(slot);
                    if (child is not null && child.Value >= threshold) next.Add(child);
                    slot = sibling;
                }
            }

            layer = next;
        }

        return tree;
    }

    private double[] Distribution(int node)
    {
        var row = (double[])_row(_nodes, node).Clone();
        var sum = row.Sum();
        return sum > 0 && double.IsFinite(sum) ? row : throw new ArgumentException($"The row after node {node} is no distribution.");
    }

    // Drafts a slot's token; what it opens are a slot for a sibling and one for a child.
    private (Slot? Sibling, Slot? Child) Draft(Slot slot)
    {
        var row = slot.Row!;
        var token = _uniform is null ? Array.IndexOf(row, row.Max()) : DraftVerification.Draw(row, _uniform());
        var value = slot.Value * row[token];
        var node = _nodes.Count;
        _nodes.Add(new Node(token, slot.Parent, slot.Depth, slot.Value, value));
        var (left, rest) = (0.0, (double[])row.Clone());
        rest[token] = 0;
        foreach (var p in rest) left += p;
        var siblingValue = slot.Value * (1 - row[token]);
        Slot? sibling = null;
        if (left > 0 && siblingValue > 0)
        {
            for (var i = 0; i < rest.Length; i++) rest[i] /= left;
            sibling = slot with { Value = siblingValue, Row = rest };
        }

        return (sibling, slot.Depth < _maxDepth && value > 0 ? new Slot(value, node, slot.Depth + 1, null) : null);
    }
}
