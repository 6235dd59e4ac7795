using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Counts distinct byte strings and remembers where each occurred first. All strings in one growing block, found by an open-addressing
/// table of (hash, word). Counters of several threads are joined by <see cref="Join"/>, which orders words by their first occurrence, so
/// that the order is that of a single thread.
/// </summary>
internal sealed class WordCounter
{
    private readonly int _mostWords;
    private byte[] _bytes = new byte[1 << 16];
    private readonly List<Word> _words = [];
    private Slot[] _table = new Slot[1 << 12];
    private int _length;

    /// <summary>Creates a counter.</summary>
    /// <param name="mostWords">The most distinct words.</param>
    public WordCounter(int mostWords = int.MaxValue) => _mostWords = mostWords;

    /// <summary>The number of distinct words.</summary>
    public int Count => _words.Count;

    /// <summary>A word.</summary>
    public ReadOnlySpan<byte> this[int word] => TextOf(_words[word]);

    /// <summary>How often a word occurred.</summary>
    public long CountOf(int word) => _words[word].Count;

    /// <summary>Counts a word.</summary>
    /// <param name="word">Its bytes.</param>
    /// <param name="count">How often it occurs here.</param>
    /// <param name="first">Where, as a number that orders occurrences; by default behind all words so far.</param>
    /// <exception cref="ResourceLimitException">There are more distinct words than allowed, or together they are longer than 2 GiB.</exception>
    public void Add(ReadOnlySpan<byte> word, long count = 1, ulong? first = null)
    {
        var hash = Hash(word);
        var slot = hash & (uint)(_table.Length - 1);
        for (; _table[slot].Number != 0; slot = (slot + 1) & (uint)(_table.Length - 1))
        {
            if (_table[slot].Hash != hash) continue;
            ref var known = ref CollectionsMarshal.AsSpan(_words)[_table[slot].Number - 1];
            if (!TextOf(known).SequenceEqual(word)) continue;
            known.Count += count;
            if (first < known.First) known.First = first.Value;
            return;
        }

        if (Count >= _mostWords) throw new ResourceLimitException("distinct words", Count + 1L, _mostWords, "Train on less text, cut it by a pattern, or allow more.");
        if ((long)_length + word.Length > Array.MaxLength) throw new ResourceLimitException("bytes of distinct words", (long)_length + word.Length, Array.MaxLength, "Train on less text, or cut it by a pattern.");
        if (_length + word.Length > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, _length + word.Length)));
        word.CopyTo(_bytes.AsSpan(_length));
        _words.Add(new Word { Start = _length, Length = word.Length, Count = count, First = first ?? (ulong)Count });
        _length += word.Length;
        _table[slot] = new Slot(hash, Count);
        if (2 * Count > _table.Length) Grow();
    }

    /// <summary>All words of some counters, in the order of their first occurrences.</summary>
    public static WordCounter Join(IReadOnlyList<WordCounter> counters, int mostWords)
    {
        var all = new WordCounter(mostWords);
        foreach (var counter in counters)
        {
            foreach (var word in counter._words) all.Add(counter.TextOf(word), word.Count, word.First);
        }

        return all.Mapped(all._words.OrderBy(static w => w.First), static (word, into) => into.Add(word));
    }

    /// <summary>Every word rewritten, in the same order; words that become equal are counted together.</summary>
    /// <param name="rewrite">Appends what becomes of a word.</param>
    public WordCounter Rewritten(Action<ReadOnlySpan<byte>, Rewriter> rewrite) => Mapped(_words, rewrite);

    private WordCounter Mapped(IEnumerable<Word> words, Action<ReadOnlySpan<byte>, Rewriter> rewrite)
    {
        var (mapped, to) = (new WordCounter(_mostWords), new Rewriter());
        foreach (var word in words)
        {
            to.Clear();
            rewrite(TextOf(word), to);
            mapped.Add(to.Written, word.Count);
        }

        return mapped;
    }

    private ReadOnlySpan<byte> TextOf(Word word) => _bytes.AsSpan(word.Start, word.Length);

    private void Grow()
    {
        var old = _table;
        _table = new Slot[2 * old.Length];
        foreach (var entry in old)
        {
            if (entry.Number == 0) continue;
            var slot = entry.Hash & (uint)(_table.Length - 1);
            while (_table[slot].Number != 0) slot = (slot + 1) & (uint)(_table.Length - 1);
            _table[slot] = entry;
        }
    }

    /// <summary>Two overlapping reads cover words of up to 16 bytes, the usual ones; longer ones go eight bytes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ReadOnlySpan<byte> word)
    {
        const ulong Odd = 0x9E3779B97F4A7C15ul, Other = 0xC2B2AE3D27D4EB4Ful;
        var hash = (ulong)word.Length * Odd;
        if (word.Length >= 8)
        {
            for (var rest = word; rest.Length > 8; rest = rest[8..]) hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) * Other, 31);
            hash ^= BinaryPrimitives.ReadUInt64LittleEndian(word[^8..]);
        }
        else if (word.Length >= 4)
        {
            hash ^= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(word) << 32 | BinaryPrimitives.ReadUInt32LittleEndian(word[^4..]);
        }
        else if (word.Length > 0)
        {
            hash ^= (ulong)word[0] << 16 | (ulong)word[word.Length / 2] << 8 | word[^1];
        }

        hash *= Other;
        hash ^= hash >> 32;
        return (uint)(hash * Odd >> 32);
    }

    /// <summary>Takes a rewritten word.</summary>
    internal sealed class Rewriter
    {
        private byte[] _bytes = new byte[64];
        private int _length;

        /// <summary>What has been written.</summary>
        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        /// <summary>Appends bytes.</summary>
        public void Add(ReadOnlySpan<byte> bytes)
        {
            if (_length + bytes.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + bytes.Length));
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
        }

        /// <summary>Starts anew.</summary>
        public void Clear() => _length = 0;
    }

    private struct Word
    {
        public int Start;
        public int Length;
        public long Count;
        public ulong First;
    }

    private readonly record struct Slot(uint Hash, int Number); // number: word + 1; 0 for free
}
