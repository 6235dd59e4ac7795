using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <content>How a token came about.</content>
internal sealed partial class BpeModel
{
    // Drawing is for people; the work is quadratic.
    private const int MostTreeBytes = 1_024;

    /// <summary>
    /// The merges that make a token; null where no merges lead to it. What goes on inside a token's span does not depend on what stands
    /// around it, so that the token alone tells.
    /// </summary>
    public MergeTree? Tree(int id)
    {
        var token = _raw[id];
        if (token.IsEmpty || token.Length > MostTreeBytes || Leaves(token) is not { } nodes) return null;
        while (nodes.Count > 1)
        {
            var (best, bestRank, bestResult) = (-1, int.MaxValue, 0);
            for (var i = 0; i + 1 < nodes.Count; i++)
            {
                var rank = _merges.Rank(nodes[i].Symbol, nodes[i + 1].Symbol, out var result);
                if (rank < bestRank) (best, bestRank, bestResult) = (i, rank, result);
            }

            if (best < 0) return null;
            nodes[best] = (bestResult, new MergeTree(Encoding.UTF8.GetString(Vocabulary[bestResult]), bestResult, bestRank, nodes[best].Tree, nodes[best + 1].Tree));
            nodes.RemoveAt(best + 1);
        }

        return nodes[0].Symbol == id ? nodes[0].Tree : null;
    }

    /// <summary>The symbols that a text of this token's starts as; null where one does not exist.</summary>
    private List<(int Symbol, MergeTree Tree)>? Leaves(ReadOnlySpan<byte> token)
    {
        var continues = _options.ContinuingPrefix.Length > 0 && token.StartsWith(_options.ContinuingPrefix);
        if (continues) token = token[_options.ContinuingPrefix.Length..];
        var ends = _options.EndSuffix.Length > 0 && token.EndsWith(_options.EndSuffix);
        if (ends) token = token[..^_options.EndSuffix.Length];
        var leaves = new List<(int, MergeTree)>();
        for (var at = 0; at < token.Length;)
        {
            var length = _options.OnBytes ? 1 : Math.Min(Utf8Text.LengthOf(token[at]), token.Length - at);
            byte[] symbol =
            [
                .. leaves.Count == 0 && !continues ? [] : _options.ContinuingPrefix,
                .. token.Slice(at, length),
                .. ends && at + length == token.Length ? _options.EndSuffix : [],
            ];
            var id = _raw.Find(symbol);
            if (id >= 0) leaves.Add((id, new MergeTree(Encoding.UTF8.GetString(Vocabulary[id]), id)));
            else if (_pseudo is not null && _pseudo.TryGetValue(Utf8Text.Decode(symbol, 0, out _), out var pseudo)) leaves.Add((pseudo, new MergeTree(Encoding.UTF8.GetString(symbol), -1)));
            else return null;
            at += length;
        }

        return leaves;
    }
}
