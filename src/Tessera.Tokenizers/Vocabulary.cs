using System.Numerics;
using System.Runtime.CompilerServices;
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
internal sealed unsafe class Vocabulary
{
    private readonly FixedBytes? _inPlace; // the tokens' bytes in a file
    private byte[]? _bytes; // the same as an array; where they are in a file, made when they are first handed out: spans of it keep an array alive
    private readonly FixedNumbers _starts; // per entry, and the end
    private readonly FixedNumbers? _ids; // per entry; null where entry i has id i
    private readonly int* _start;
    private readonly int* _id;
    private readonly int[]? _entryOfId; // −1 for holes; null as before
    private readonly int[] _literals; // entries that are not searched for, ascending
    private readonly int _entryMask;
    private FixedNumbers? _table;
    private bool _repeats; // known once there is a table

    /// <summary>Takes the arrays as they are.</summary>
    /// <param name="bytes">The tokens one after the other.</param>
    /// <param name="starts">Where each starts, and where the last ends.</param>
    /// <param name="ids">Their ids, not negative; null for 0, 1, 2, …</param>
    /// <param name="literals">Entries that <see cref="Find(ReadOnlySpan{byte})"/> shall not find, ascending; null for none.</param>
    public Vocabulary(byte[] bytes, FixedNumbers starts, FixedNumbers? ids, int[]? literals = null)
        : this(bytes, null, starts, ids, literals, null, 0)
    {
    }

    /// <summary>Takes what lies in a file as it is.</summary>
    /// <param name="bytes">The tokens one after the other.</param>
    /// <param name="starts">Where each starts, and where the last ends.</param>
    /// <param name="ids">Their ids, as above.</param>
    /// <param name="literals">As above.</param>
    /// <param name="table">The table, see <see cref="Table"/>; whatever it holds, nothing but tokens is found.</param>
    /// <param name="seed">The table's <see cref="Seed"/>.</param>
    public Vocabulary(FixedBytes bytes, FixedNumbers starts, FixedNumbers? ids, int[]? literals, FixedNumbers table, ulong seed)
        : this(null, bytes, starts, ids, literals, table, seed)
    {
    }

    private Vocabulary(byte[]? bytes, FixedBytes? inPlace, FixedNumbers starts, FixedNumbers? ids, int[]? literals, FixedNumbers? table, ulong seed)
    {
        (_bytes, _inPlace, _starts, _ids, _literals, _table) = (bytes, inPlace, starts, ids, literals ?? [], table);
        _start = starts.First;
        _id = ids is null ? null : ids.First;
        Count = starts.Count - 1;
        Seed = table is null ? TokenHash.Of(Blob, 0) : seed;
        _entryMask = EntryMask(Count);
        if (ids is null)
        {
            Size = Count;
            return;
        }

        var highest = -1;
        for (var entry = 0; entry < Count; entry++) highest = Math.Max(highest, _id[entry]);
        Size = highest + 1;
        _entryOfId = new int[Size];
        for (var id = 0; id < _entryOfId.Length; id++) _entryOfId[id] = -1;
        for (var entry = 0; entry < Count; entry++) _entryOfId[_id[entry]] = entry;
    }

    /// <summary>One more than the highest id.</summary>
    public int Size { get; }

    /// <summary>The number of tokens.</summary>
    public int Count { get; }

    /// <summary>The tokens' bytes, one after the other.</summary>
    public ReadOnlySpan<byte> Blob => new(_bytes ?? Copy(), 0, _start[Count]);

    /// <summary>Where each token starts in <see cref="Blob"/>, and where the last ends.</summary>
    public ReadOnlySpan<int> Starts => _starts.Span;

    /// <summary>The tokens' ids; empty where they are 0, 1, 2, …</summary>
    public ReadOnlySpan<int> Ids => _ids is null ? default : _ids.Span;

    /// <summary>Entries that are not searched for.</summary>
    public ReadOnlySpan<int> Literals => _literals;

    /// <summary>What the hashes of the table are keyed with.</summary>
    public ulong Seed { get; }

    /// <summary>The table of <see cref="Find(ReadOnlySpan{byte})"/>.</summary>
    public ReadOnlySpan<int> Table => (_table ??= BuildTable()).Span;

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
    public int Find(ReadOnlySpan<byte> token) => FindInPlace(token);

    /// <summary>As <see cref="Find(ReadOnlySpan{byte})"/>, compiled into the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindInPlace(ReadOnlySpan<byte> token)
    {
        var table = _table ?? (_table = BuildTable());
        var slots = table.First;
        var mask = table.Count - 1;
        var hash = TokenHash.Of(token, Seed);
        var tag = (uint)hash & ~(uint)_entryMask;
        var found = -1;
        for (var (at, left) = ((int)(hash >> 32), table.Count); left > 0; at++, left--)
        {
            var slot = (uint)slots[at & mask];
            if (slot == 0) break;
            if ((slot & ~(uint)_entryMask) != tag) continue;
            var entry = (int)(slot & (uint)_entryMask) - 1;
            if ((uint)entry >= (uint)Count || !BytesOf(entry).SequenceEqual(token)) continue;
            found = IdOf(entry);
            break;
        }

        GC.KeepAlive(this);
        return found;
    }

    /// <summary>The id of a token, or −1.</summary>
    public int Find(string token) => Find(Utf8Text.BytesOf(token));

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
    public ReadOnlySpan<byte> Entry(int entry)
    {
        if ((uint)entry >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(entry));
        var token = new ReadOnlySpan<byte>(_bytes ?? Copy(), _start[entry], _start[entry + 1] - _start[entry]);
        GC.KeepAlive(this);
        return token;
    }

    /// <summary>The id of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IdOf(int entry)
    {
        if (_id == null) return entry;
        if ((uint)entry >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(entry));
        var id = _id[entry];
        GC.KeepAlive(this);
        return id;
    }

    /// <summary>The same tokens as the bytes that the byte alphabet writes them for; what is not in the alphabet stays as it is and is not found.</summary>
    public Vocabulary FromAlphabet()
    {
        var (bytes, starts, literals, at) = (new byte[Blob.Length], FixedNumbers.Zeros(Count + 1), new List<int>(), 0);
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
            starts.Span[entry + 1] = at;
        }

        return new Vocabulary(bytes, starts, _ids, [.. literals]);
    }

    /// <summary>The other way: bytes as the byte alphabet writes them.</summary>
    public Vocabulary ToAlphabet()
    {
        var (bytes, starts, at, literal) = (new byte[2 * Blob.Length], FixedNumbers.Zeros(Count + 1), 0, 0);
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

            starts.Span[entry + 1] = at;
        }

        return new Vocabulary(bytes, starts, _ids);
    }

    /// <summary>The bytes of an entry that exists; valid as long as this object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> BytesOf(int entry)
    {
        var (start, length) = (_start[entry], _start[entry + 1] - _start[entry]);
        return _inPlace is null ? new ReadOnlySpan<byte>(_bytes, start, length) : new ReadOnlySpan<byte>(_inPlace.First + start, length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte[] Copy()
    {
        var bytes = new ReadOnlySpan<byte>(_inPlace!.First, _inPlace.Count).ToArray();
        GC.KeepAlive(this);
        return _bytes = bytes;
    }

    private FixedNumbers BuildTable()
    {
        var numbers = FixedNumbers.Zeros(TableLength(Count));
        var table = (uint*)numbers.First;
        var start = _start;
        var (mask, entryMask, seed, bytes) = (numbers.Count - 1, (uint)_entryMask, Seed, _bytes ?? Copy());
        for (int entry = 0, literal = 0; entry < Count; entry++)
        {
            if (literal < _literals.Length && _literals[literal] == entry)
            {
                literal++;
                continue;
            }

            var token = new ReadOnlySpan<byte>(bytes, start[entry], start[entry + 1] - start[entry]);
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

        GC.KeepAlive(this);
        return numbers;
    }
}
