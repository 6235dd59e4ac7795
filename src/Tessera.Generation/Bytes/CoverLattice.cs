using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>
/// The lists of tokens that cover a growing text: those that stand for a beginning of it exactly, and from each the tokens that reach to its end or
/// beyond. Needs no model: which lists there are is the tokenizer's affair alone. As a rule there is one exact list for each length; behind
/// blanks, and in the middle of a character, what comes next can decide between several.
/// </summary>
internal sealed class CoverLattice
{
    private readonly ByteVocabulary _vocabulary;
    private readonly bool _single;

    /// <summary>Begins with no bytes.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="begin">The tail of what stands before.</param>
    /// <param name="single">Whether one exact list is kept for each length, the one of fewest tokens.</param>
    public CoverLattice(ByteVocabulary vocabulary, TokenTail begin, bool single)
    {
        (_vocabulary, _single) = (vocabulary, single);
        Root = new CoverNode(null, -1, -1, 0, begin);
        Live = [new LiveCover(Root, 0, vocabulary.Count)];
    }

    /// <summary>The first list.</summary>
    public CoverNode Root { get; private set; }

    /// <summary>The lists that can still reach the end of the text, each with the tokens that do and reach beyond.</summary>
    public IReadOnlyList<LiveCover> Live { get; private set; }

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds a byte.</summary>
    /// <returns>Whether any list covers the text.</returns>
    public bool Advance(byte next)
    {
        var (live, exact) = (new List<LiveCover>(Live.Count + 1), new List<CoverNode>());
        foreach (var (node, from, to) in Live)
        {
            var depth = Length - node.End;
            var (first, last) = _vocabulary.Narrow(from, to, depth, next);
            var longer = _vocabulary.Longer(first, last, depth + 1);
            for (; first < longer; first++)
            {
                var token = _vocabulary.Id(first);
                if (_vocabulary.Validity.CanFollow(node.Tail, token)) exact.Add(new CoverNode(node, first, token, Length + 1, _vocabulary.Validity.Extend(node.Tail, token)));
            }

            if (longer < last) live.Add(new LiveCover(node, longer, last));
        }

        if (_single && exact.Count > 1) exact = [exact.MinBy(static n => n.Path().Length)!];
        live.AddRange(exact.Select(n => new LiveCover(n, 0, _vocabulary.Count)));
        Live = live;
        Length++;
        return live.Count > 0;
    }

    /// <summary>What <see cref="Return"/> goes back to.</summary>
    public (IReadOnlyList<LiveCover> Live, int Length) Mark() => (Live, Length);

    /// <summary>Goes back.</summary>
    public void Return((IReadOnlyList<LiveCover> Live, int Length) mark) => (Live, Length) = mark;

    /// <summary>Makes the longest list that all live ones go on from the first one.</summary>
    /// <returns>Its tokens so far.</returns>
    public int[] Settle()
    {
        var shared = Live[0].Node;
        foreach (var (node, _, _) in Live)
        {
            var other = node;
            while (other != shared)
            {
                if (other.End >= shared.End && other.Parent is not null) other = other.Parent;
                else shared = shared.Parent!;
            }
        }

        Root = shared;
        return shared.BecomeRoot();
    }
}
