using System.Runtime.InteropServices;
using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.EqualInfo;

/// <summary>
/// Equal-info windows of one token each, as a table: since the model begins anew with every window, a token stands for fixed bytes, and the
/// tokens form a tree in which a string owns as many entries as the model finds it probable (a code from variable to fixed lengths, as Tunstall's).
/// Encoding takes the longest entry at each place; every byte string has tokens, and tokens alone give it back. Immutable and safe for any number of threads.
/// </summary>
public sealed class EqualInfoTable
{
    /// <summary>Tokens of a whole table: one for each window of 16 bits.</summary>
    public const int UsualSize = 65_536;

    // By entry, in depth-first order: the entry without its last byte (−1 for none), that byte, the length, and where its children stand.
    private readonly int[] _parents;
    private readonly byte[] _bytes;
    private readonly int[] _lengths;
    private readonly int[] _childStarts;  // one more than entries + 1: the children of entry e stand from [e + 1] to [e + 2], those of the root from [0] to [1]
    private readonly byte[] _childBytes; // all entries, grouped by parent, in the order of their bytes
    private readonly int[] _childIds;

    private EqualInfoTable(List<int> parents, List<byte> bytes, List<int> lengths)
    {
        (_parents, _bytes, _lengths) = ([.. parents], [.. bytes], [.. lengths]);
        _childStarts = new int[_parents.Length + 2];
        foreach (var parent in _parents) _childStarts[parent + 2]++;
        for (var i = 1; i < _childStarts.Length; i++) _childStarts[i] += _childStarts[i - 1];
        (_childBytes, _childIds) = (new byte[_parents.Length], new int[_parents.Length]);
        var next = _childStarts.AsSpan(0, _parents.Length + 1).ToArray();
        for (var id = 0; id < _parents.Length; id++)
        {
            var at = next[_parents[id] + 1]++;
            (_childBytes[at], _childIds[at]) = (_bytes[id], id);
        }
    }

    /// <summary>Tokens that there are.</summary>
    public int VocabularySize => _parents.Length;

    /// <summary>Bytes of the longest token.</summary>
    public int LongestToken => _lengths.Max();

    /// <summary>Builds the table of a model: the same on every machine.</summary>
    /// <param name="model">The byte model.</param>
    /// <param name="size">Tokens: from the number of the model's symbols to 65,536. Default 65,536.</param>
    /// <param name="cancellation">Seen between entries.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is none of these.</exception>
    public static EqualInfoTable Build(IntegerByteModel model, int size = UsualSize, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (size < model.Symbols || size > UsualSize) throw new ArgumentOutOfRangeException(nameof(size), size, $"A table has {model.Symbols} to {UsualSize:N0} tokens.");
        var (parents, bytes, lengths) = (new List<int>(size), new List<byte>(size), new List<int>(size));
        var (weights, shares, path) = (new ulong[model.Symbols], new int[model.Symbols], new List<byte>());
        var open = new Stack<(int Parent, int Depth, byte Byte, int Cells)>();
        void Expand(int id, int cells, int least) // of the cells every child has `least`; the model shares out the others
        {
            if (cells == 0) return;
            model.Weights(CollectionsMarshal.AsSpan(path), weights);
            Apportionment.Share(weights, cells - least * shares.Length, shares);
            for (var symbol = shares.Length - 1; symbol >= 0; symbol--)
            {
                if (shares[symbol] + least > 0) open.Push((id, path.Count, (byte)symbol, shares[symbol] + least));
            }
        }

        Expand(-1, size, 1);
        while (open.TryPop(out var node))
        {
            cancellation.ThrowIfCancellationRequested();
            path.RemoveRange(node.Depth, path.Count - node.Depth);
            path.Add(node.Byte);
            parents.Add(node.Parent);
            bytes.Add(node.Byte);
            lengths.Add(path.Count);
            Expand(parents.Count - 1, node.Cells - 1, 0);
        }

        return new EqualInfoTable(parents, bytes, lengths);
    }

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any bytes.</param>
    public int[] Encode(ReadOnlySpan<byte> text)
    {
        var ids = new List<int>(text.Length / 3 + 1);
        while (!text.IsEmpty)
        {
            var id = Longest(text);
            ids.Add(id);
            text = text[_lengths[id]..];
        }

        return [.. ids];
    }

    /// <summary>The text of tokens.</summary>
    /// <param name="ids">The tokens.</param>
    /// <exception cref="MalformedInputException">A token is outside the vocabulary.</exception>
    public byte[] Decode(ReadOnlySpan<int> ids)
    {
        long length = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)VocabularySize) throw new MalformedInputException("equal-info tokens", $"token {i}", $"{ids[i]} is outside the vocabulary of {VocabularySize:N0}");
            length += _lengths[ids[i]];
        }

        if (length > Array.MaxLength) throw new ResourceLimitException("bytes of text", length, Array.MaxLength, "Decode fewer tokens at a time.");
        var text = new byte[length];
        var at = 0;
        foreach (var id in ids)
        {
            Write(id, text.AsSpan(at, _lengths[id]));
            at += _lengths[id];
        }

        return text;
    }

    /// <summary>The bytes that a token stands for.</summary>
    /// <param name="id">The token.</param>
    public byte[] TokenBytes(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        var bytes = new byte[_lengths[id]];
        Write(id, bytes);
        return bytes;
    }

    private int Longest(ReadOnlySpan<byte> text)
    {
        var id = -1;
        foreach (var value in text)
        {
            var (start, end) = (_childStarts[id + 1], _childStarts[id + 2]);
            var child = _childBytes.AsSpan(start, end - start).IndexOf(value);
            if (child < 0) break;
            id = _childIds[start + child];
        }

        return id;
    }

    private void Write(int id, Span<byte> bytes)
    {
        for (var at = bytes.Length - 1; at >= 0; at--, id = _parents[id]) bytes[at] = _bytes[id];
    }
}
