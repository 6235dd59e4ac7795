using System.Numerics.Tensors;

namespace Tessera.Generation;

/// <summary>
/// Verifies drafts: walks a tree of drafted tokens and says which of them stay and which token follows, so that every token has the model's own law,
/// given those before it, whatever was drafted (Leviathan et al. 2022, arXiv 2211.17192; SpecInfer, SpecTr, Sequoia). Pure functions of
/// probabilities and uniform numbers; a draft may depend on the text so far, and on nothing that it decides on.
/// </summary>
public static class DraftVerification
{
    /// <summary>A row of probabilities after a node, <c>[vocabulary]</c>; −1 is the root.</summary>
    /// <param name="node">The node.</param>
    public delegate ReadOnlySpan<double> RowOf(int node);

    /// <summary>Walks a tree.</summary>
    /// <param name="rule">How children are tested.</param>
    /// <param name="tokens">The nodes' tokens.</param>
    /// <param name="parents">The parent of each node, which stands before it; −1 for the root. Children of one node are tried in their order.</param>
    /// <param name="target">The model's rows, after all stages.</param>
    /// <param name="draft">The rows that children were drawn from; not asked for where the rule needs none.</param>
    /// <param name="uniform">Numbers in [0, 1), a fresh one for each call.</param>
    /// <param name="tested">Told of each test: node, number, and the probability to accept that it was compared with; may be null.</param>
    /// <returns>The nodes of the accepted path, in order, and the token that follows it.</returns>
    /// <exception cref="ArgumentException">It is no tree, a row is no distribution, or a child has probability 0 in the row it was drawn from.</exception>
    public static (IReadOnlyList<int> Accepted, int Next) Verify(
        VerificationRule rule, ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents, RowOf target, RowOf draft, Func<double> uniform, Action<int, double, double>? tested = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(uniform);
        if (tokens.Length != parents.Length) throw new ArgumentException("A parent for each token.", nameof(parents));
        for (var i = 0; i < parents.Length; i++)
        {
            if (parents[i] < -1 || parents[i] >= i) throw new ArgumentException($"Node {i} follows node {parents[i]}; parents stand before their children.", nameof(parents));
        }

        var accepted = new List<int>();
        var law = new RejectionLaw(target(-1).Length);
        for (var node = -1; ; node = accepted[^1])
        {
            var children = Children(parents, node);
            var (child, next) = rule is VerificationRule.SampleAndMatch or VerificationRule.Greedy
                ? Match(tokens, children, rule == VerificationRule.Greedy ? Best(target(node)) : Draw(target(node), uniform()))
                : Reject(rule, tokens, children, target(node), children.Count == 0 ? default : draft(node), law, uniform, tested);
            if (child < 0) return (accepted, next);
            accepted.Add(child);
        }
    }

    /// <summary>
    /// Verifies drafts that were drawn one by one, independently (SpecTr): at each depth the drafts that agree with what was accepted so far are tried
    /// by <see cref="VerificationRule.KSequential"/>.
    /// </summary>
    /// <param name="drafts">The drafts, each of the same length, at least one token.</param>
    /// <param name="target">The model's row after a number of tokens of a draft.</param>
    /// <param name="draft">The draft's row there.</param>
    /// <param name="uniform">Numbers in [0, 1), a fresh one for each call.</param>
    /// <returns>For each depth the draft that was accepted, and the token that follows the last of them.</returns>
    public static (IReadOnlyList<int> Accepted, int Next) VerifyDrafts(
        IReadOnlyList<int[]> drafts, Func<int, int, double[]> target, Func<int, int, double[]> draft, Func<double> uniform)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(uniform);
        if (drafts.Count == 0 || drafts.Any(d => d.Length == 0 || d.Length != drafts[0].Length)) throw new ArgumentException("One draft at least, all of one length.", nameof(drafts));
        var left = Enumerable.Range(0, drafts.Count).ToList();
        var accepted = new List<int>();
        var law = new RejectionLaw(target(0, 0).Length);
        for (var depth = 0; depth < drafts[0].Length; depth++)
        {
            var tokens = left.Select(d => drafts[d][depth]).ToArray();
            var (hit, next) = Reject(
                VerificationRule.KSequential, tokens, [.. Enumerable.Range(0, tokens.Length)], target(left[0], depth), draft(left[0], depth), law, uniform);
            if (hit < 0) return (accepted, next);
            accepted.Add(left[hit]);
            left = [.. left.Where(d => drafts[d][depth] == tokens[hit])];
        }

        return (accepted, Draw(target(left[0], drafts[0].Length), uniform()));
    }

    /// <summary>The tokens that a pass over a chain brings on average, the one behind it included: (1 − a^(g+1))/(1 − a).</summary>
    /// <param name="acceptance">The probability a that a token is accepted, in [0, 1].</param>
    /// <param name="length">Tokens g of the chain.</param>
    public static double ExpectedTokens(double acceptance, int length) =>
        Require.InRange(acceptance, 0, 1, nameof(acceptance)) == 1 ? length + 1 : (1 - Math.Pow(acceptance, length + 1)) / (1 - acceptance);

    /// <summary>Inverse CDF in the order of ids: the lowest id whose cumulative probability exceeds a number.</summary>
    /// <param name="row">The probabilities.</param>
    /// <param name="uniform">The number, in [0, 1).</param>
    public static int Draw(ReadOnlySpan<double> row, double uniform)
    {
        var (sum, last) = (0.0, -1);
        for (var id = 0; id < row.Length; id++)
        {
            if (!(row[id] > 0)) continue;
            sum += row[id];
            last = id;
            if (sum > uniform) return id;
        }

        return last >= 0 ? last : throw new ArgumentException("The row has no probability.", nameof(row)); // rounding kept the sum below 1
    }

    private static (int Child, int Token) Match(ReadOnlySpan<int> tokens, List<int> children, int token)
    {
        foreach (var child in children)
        {
            if (tokens[child] == token) return (child, token);
        }

        return (-1, token);
    }

    private static (int Child, int Token) Reject(
        VerificationRule rule, ReadOnlySpan<int> tokens, List<int> children, ReadOnlySpan<double> target, ReadOnlySpan<double> draft, RejectionLaw law, Func<double> uniform,
        Action<int, double, double>? tested = null)
    {
        law.Begin(rule, target, draft, children.Count);
        for (var i = 0; i < children.Count; i++)
        {
            var token = tokens[children[i]];
            var (number, acceptance) = (uniform(), law.Acceptance(token));
            tested?.Invoke(children[i], number, acceptance);
            if (number < acceptance) return (children[i], token);
            law.Reject(token, last: i == children.Count - 1);
        }

        return (-1, Draw(law.Residual, uniform()));
    }

    private static List<int> Children(ReadOnlySpan<int> parents, int node)
    {
        var children = new List<int>();
        for (var i = node + 1; i < parents.Length; i++)
        {
            if (parents[i] == node) children.Add(i);
        }

        return children;
    }

    private static int Best(ReadOnlySpan<double> row) => TensorPrimitives.IndexOfMax(row);
}
