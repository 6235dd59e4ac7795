using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Chunks of text in an order of strength, rank 0 the strongest, and a trie that finds the longest ones at a place. A chunk keeps its
/// number as long as it lives; ranks change. Moving costs as many steps as ranks are passed.
/// </summary>
internal sealed class Lexicon
{
    private readonly ByteTrie _trie = new();
    private readonly List<byte[]> _texts = []; // by number
    private readonly List<int> _ranks = []; // by number; −1 for the dead
    private readonly List<int> _order = []; // numbers by rank

    /// <summary>How many chunks there are.</summary>
    public int Count => _order.Count;

    /// <summary>The chunk of a rank.</summary>
    public int this[int rank] => _order[rank];

    /// <summary>The rank of a chunk; −1 where it is gone.</summary>
    public int RankOf(int chunk) => _ranks[chunk];

    /// <summary>The text of a chunk.</summary>
    public ReadOnlySpan<byte> TextOf(int chunk) => _texts[chunk];

    /// <summary>The number of a text; −1 where it is no chunk.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        var node = ByteTrie.Root;
        foreach (var b in text)
        {
            node = _trie.Child(node, b);
            if (node < 0) return -1;
        }

        return _trie.Value(node);
    }

    /// <summary>The longest chunk at the start of a text and the next shorter one; −1 where there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mostCharacters">The most characters that count.</param>
    public (int Longest, int Second) LongestAt(ReadOnlySpan<byte> text, int mostCharacters)
    {
        var (longest, second, node) = (-1, -1, ByteTrie.Root);
        var characters = 0;
        foreach (var b in text)
        {
            if ((b & 0xC0) != 0x80 && ++characters > mostCharacters) break;
            node = _trie.Child(node, b);
            if (node < 0) break;
            if (_trie.Value(node) is >= 0 and var chunk) (longest, second) = (chunk, longest);
        }

        return (longest, second);
    }

    /// <summary>Puts a new chunk behind all others.</summary>
    public int Append(ReadOnlySpan<byte> text)
    {
        var chunk = _texts.Count;
        _texts.Add(text.ToArray());
        _ranks.Add(_order.Count);
        _order.Add(chunk);
        _trie.Add(text, chunk);
        return chunk;
    }

    /// <summary>Takes a chunk out.</summary>
    public void Remove(int chunk)
    {
        var rank = _ranks[chunk];
        _order.RemoveAt(rank);
        for (var i = rank; i < _order.Count; i++) _ranks[_order[i]] = i;
        _ranks[chunk] = -1;
        _trie.Add(_texts[chunk], -1);
    }

    /// <summary>Gives a chunk another rank; those between move up by one.</summary>
    public void Move(int chunk, int rank)
    {
        var from = _ranks[chunk];
        _order.RemoveAt(from);
        _order.Insert(rank, chunk);
        for (var i = Math.Min(from, rank); i <= Math.Max(from, rank); i++) _ranks[_order[i]] = i;
    }

    /// <summary>The texts by rank.</summary>
    public string[] ToTexts() => [.. _order.Select(chunk => Encoding.UTF8.GetString(_texts[chunk]))];
}
