using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers;

/// <summary>
/// Tokens as bytes and their ids, both ways: all tokens in one block of bytes, found by an open-addressing table that is made when it is
/// first asked. Ids may have holes; of two tokens with one id the later is the one that the id names. Immutable, shared by threads.
/// </summary>
/// <remarks>
/// A slot of the table holds the number of an entry plus 1 in its low bits and bits of the token's hash above, so that most misses read no
/// token. The hash is keyed with a hash of all tokens: whoever writes a vocabulary cannot aim at collisions.
/// </remarks>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts; // per entry, and the end
    private readonly int[]? _ids; // per entry; null where entry i has id i
    private readonly int[]? _entryOfId; // −1 for holes; null as before
    private readonly int[] _literals; // entries that are not searched for, ascending
    private readonly ulong _seed;
    private readonly int _entryMask;
    private uint[]? _table;
    private bool _repeats; // known once there is a table

    /// <summary>Takes the arrays as they are.</summary>
    /// <param name="bytes">The tokens one after the other.</param>
    /// <param name="starts">Where each starts, and where the last ends.</param>
    /// <param name="ids">Their ids, not negative; null for 0, 1, 2, …</param>
    /// <param name="literals">Entries that <see cref="Find(ReadOnlySpan{byte})"/> shall not find, ascending; null for none.</param>
    /// <param name="table">The table where it is known already, see <see cref="Table"/>.</param>
    public Vocabulary(byte[] bytes, int[] starts, int[]? ids, int[]? literals = null, uint[]? table = null)
    {
        (_bytes, _starts, _ids, _literals, _table) = (bytes, starts, ids, literals ?? [], table);
        Count = starts.Length - 1;
        _seed = TokenHash.Of(Blob, 0);
        _entryMask = EntryMask(Count);
        if (ids is null)
        {
            Size = Count;
            return;
        }

        var highest = -1;
        foreach (var id in ids) highest = Math.Max(highest, id);
        Size = highest + 1;
        _entryOfId = new int[Size];
        _entryOfId.AsSpan().Fill(-1);
        for (var entry = 0; entry < ids.Length; entry++) _entryOfId[ids[entry]] = entry;
    }

    /// <summary>One more than the highest id.</summary>
    public int Size { get; }

    /// <summary>The number of tokens.</summary>
    public int Count { get; }

    /// <summary>The tokens' bytes, one after the other.</summary>
    public ReadOnlySpan<byte> Blob => _bytes.AsSpan(0, _starts[^1]);

    /// <summary>Where each token starts in <see cref="Blob"/>, and where the last ends.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>The tokens' ids; empty where they are 0, 1, 2, …</summary>
    public ReadOnlySpan<int> Ids => _ids;

    /// <summary>Entries that are not searched for.</summary>
    public ReadOnlySpan<int> Literals => _literals;

    /// <summary>The table of <see cref="Find(ReadOnlySpan{byte})"/>.</summary>
    public ReadOnlySpan<uint> Table => _table ??= BuildTable();

    /// <summary>Whether no token stands there twice.</summary>
    public bool IsUnique => Table.Length > 0 && !_repeats;

    /// <summary>Builds a vocabulary; of equal tokens the last one counts.</summary>
    /// <param name="tokens">Each token's bytes and id, ids not negative.</param>
    public static Vocabulary Of(IReadOnlyList<(byte[] Token, int Id)> tokens)
    {
        var builder = new VocabularyBuilder(tokens.Count);
        foreach (var (token, id) in tokens) builder.Add(token, id);
        return builder.Build();
    }

    /// <summary>The length of the table of a number of tokens: a power of two, at most half full.</summary>
    public static int TableLength(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * (long)count));

    /// <summary>The bits of a slot that say which entry it holds.</summary>
    public static int EntryMask(int count) => (int)(uint.MaxValue >> BitOperations.LeadingZeroCount((uint)Math.Max(1, count)));

    /// <summary>The id of a token, or −1.</summary>
    public int Find(ReadOnlySpan<byte> token)
    {
        var table = _table ?? (_table = BuildTable());
        var hash = TokenHash.Of(token, _seed);
        var tag = (uint)hash & ~(uint)_entryMask;
        for (var at = (int)(hash >> 32); ; at++)
        {
            var slot = table[at & (table.Length - 1)];
            if (slot == 0) return -1;
            if ((slot & ~(uint)_entryMask) != tag) continue;
            var entry = (int)(slot & (uint)_entryMask) - 1;
            if (Entry(entry).SequenceEqual(token)) return _ids is null ? entry : _ids[entry];
        }
    }

    /// <summary>The id of a token, or −1.</summary>
    public int Find(string token) => Find(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether an id names a token.</summary>
    public bool Contains(int id) => (uint)id < (uint)Size && (_entryOfId is null || _entryOfId[id] >= 0);

    /// <summary>The token of an id; empty where it names none.</summary>
    public ReadOnlySpan<byte> this[int id] => Contains(id) ? Entry(_entryOfId is null ? id : _entryOfId[id]) : default;

    /// <summary>Every token and its id, in the order in which they were given.</summary>
    public IEnumerable<(byte[] Token, int Id)> Entries()
    {
        for (var entry = 0; entry < Count; entry++) yield return (Entry(entry).ToArray(), IdOf(entry));
    }

    /// <summary>The bytes of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Entry(int entry) => _bytes.AsSpan(_starts[entry], _starts[entry + 1] - _starts[entry]);

    /// <summary>The id of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IdOf(int entry) => _ids is null ? entry : _ids[entry];

    /// <summary>The same tokens as the bytes that the byte alphabet writes them for; what is not in the alphabet stays as it is and is not found.</summary>
    public Vocabulary FromAlphabet()
    {
        var (bytes, starts, literals, at) = (new byte[_starts[^1]], new int[Count + 1], new List<int>(), 0);
        for (var entry = 0; entry < Count; entry++)
        {
            var token = Entry(entry);
            if (!ByteAlphabet.TryDecode(token, bytes.AsSpan(at), out var length))
            {
                token.CopyTo(bytes.AsSpan(at));
                length = token.Length;
                literals.Add(entry);
            }

            at += length;
            starts[entry + 1] = at;
        }

        return new Vocabulary(bytes, starts, _ids, [.. literals]);
    }

    /// <summary>The other way: bytes as the byte alphabet writes them.</summary>
    public Vocabulary ToAlphabet()
    {
        var (bytes, starts, at, literal) = (new byte[2 * _starts[^1]], new int[Count + 1], 0, 0);
        for (var entry = 0; entry < Count; entry++)
        {
            var token = Entry(entry);
            if (literal < _literals.Length && _literals[literal] == entry)
            {
                literal++;
                token.CopyTo(bytes.AsSpan(at));
                at += token.Length;
            }
            else
            {
                foreach (var b in token) at += Utf8Text.Encode(ByteAlphabet.CharacterOf(b), bytes.AsSpan(at));
            }

            starts[entry + 1] = at;
        }

        return new Vocabulary(bytes, starts, _ids);
    }

    private uint[] BuildTable()
    {
        var table = new uint[TableLength(Count)];
        var (mask, entryMask, seed, bytes, starts) = (table.Length - 1, (uint)_entryMask, _seed, _bytes, _starts);
        for (int entry = 0, literal = 0; entry < Count; entry++)
        {
            if (literal < _literals.Length && _literals[literal] == entry)
            {
                literal++;
                continue;
            }

            var token = bytes.AsSpan(starts[entry], starts[entry + 1] - starts[entry]);
            var hash = TokenHash.Of(token, seed);
            var tag = (uint)hash & ~entryMask;
            ref var slot = ref table[(int)(hash >> 32) & mask];
            for (var at = (int)(hash >> 32); slot != 0; slot = ref table[++at & mask])
            {
                if ((slot & ~entryMask) != tag || !Entry((int)(slot & entryMask) - 1).SequenceEqual(token)) continue;
                _repeats = true;
                break;
            }

            slot = tag | (uint)(entry + 1);
        }

        return table;
    }
}
