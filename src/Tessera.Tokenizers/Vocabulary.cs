using System.Numerics;
using System.Text;

namespace Tessera.Tokenizers;

/// <summary>
/// Tokens as bytes and their ids, both ways: all tokens in one block of bytes, found by an open-addressing table. Ids may have holes; of
/// two tokens with one id the later is the one that the id names.
/// </summary>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts; // per entry
    private readonly int[] _ids; // per entry
    private readonly int[] _entryOfId; // −1 for holes
    private readonly int[] _table; // entry + 1, 0 for free
    private readonly int _mask;

    private Vocabulary(byte[] bytes, int[] starts, int[] ids, int size)
    {
        _bytes = bytes;
        _starts = starts;
        _ids = ids;
        _entryOfId = new int[size];
        _entryOfId.AsSpan().Fill(-1);
        _mask = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * ids.Length)) - 1;
        _table = new int[_mask + 1];
        for (var entry = 0; entry < ids.Length; entry++) Insert(entry);
    }

    /// <summary>One more than the highest id.</summary>
    public int Size => _entryOfId.Length;

    /// <summary>The number of tokens.</summary>
    public int Count => _ids.Length;

    /// <summary>Builds a vocabulary; of equal tokens the last one counts.</summary>
    /// <param name="tokens">Each token's bytes and id, ids not negative.</param>
    public static Vocabulary Of(IReadOnlyList<(byte[] Token, int Id)> tokens)
    {
        var total = 0;
        var size = 0;
        foreach (var (token, id) in tokens)
        {
            total = checked(total + token.Length);
            size = Math.Max(size, id + 1);
        }

        var (bytes, starts, ids) = (new byte[total], new int[tokens.Count + 1], new int[tokens.Count]);
        var at = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            starts[i] = at;
            ids[i] = tokens[i].Id;
            tokens[i].Token.CopyTo(bytes, at);
            at += tokens[i].Token.Length;
        }

        starts[^1] = at;
        return new Vocabulary(bytes, starts, ids, size);
    }

    /// <summary>The id of a token, or −1.</summary>
    public int Find(ReadOnlySpan<byte> token)
    {
        for (var slot = (int)Hash(token) & _mask; _table[slot] != 0; slot = (slot + 1) & _mask)
        {
            var entry = _table[slot] - 1;
            if (Entry(entry).SequenceEqual(token)) return _ids[entry];
        }

        return -1;
    }

    /// <summary>The id of a token, or −1.</summary>
    public int Find(string token) => Find(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether an id names a token.</summary>
    public bool Contains(int id) => (uint)id < (uint)_entryOfId.Length && _entryOfId[id] >= 0;

    /// <summary>The token of an id; empty where it names none.</summary>
    public ReadOnlySpan<byte> this[int id] => Contains(id) ? Entry(_entryOfId[id]) : default;

    /// <summary>Every token and its id, in the order in which they were given.</summary>
    public IEnumerable<(byte[] Token, int Id)> Entries()
    {
        for (var entry = 0; entry < _ids.Length; entry++) yield return (Entry(entry).ToArray(), _ids[entry]);
    }

    private ReadOnlySpan<byte> Entry(int entry) => _bytes.AsSpan(_starts[entry], _starts[entry + 1] - _starts[entry]);

    private void Insert(int entry)
    {
        _entryOfId[_ids[entry]] = entry;
        var token = Entry(entry);
        var slot = (int)Hash(token) & _mask;
        while (_table[slot] != 0)
        {
            if (Entry(_table[slot] - 1).SequenceEqual(token)) break;
            slot = (slot + 1) & _mask;
        }

        _table[slot] = entry + 1;
    }

    // FNV-1a over eight bytes at a time, with a final mix; attackers gain a slow load at worst, bounded by the vocabulary's limit.
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037ul;
        while (bytes.Length >= 8)
        {
            hash = (hash ^ BitConverter.ToUInt64(bytes)) * 1099511628211ul;
            hash ^= hash >> 29;
            bytes = bytes[8..];
        }

        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211ul;
        hash ^= hash >> 32;
        return (uint)(hash * 0x9E3779B97F4A7C15ul >> 32);
    }
}
