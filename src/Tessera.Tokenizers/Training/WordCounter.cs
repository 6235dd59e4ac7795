using System.Numerics;

namespace Tessera.Tokenizers.Training;

/// <summary>Counts distinct byte strings, in the order of their first occurrence. All strings in one growing block.</summary>
internal sealed class WordCounter
{
    private byte[] _bytes = new byte[1 << 16];
    private readonly List<int> _ends = [];
    private readonly List<long> _counts = [];
    private int[] _table = new int[1 << 12]; // word + 1; 0 for free
    private int _length;

    /// <summary>The number of distinct words.</summary>
    public int Count => _counts.Count;

    /// <summary>A word.</summary>
    public ReadOnlySpan<byte> this[int word] => _bytes.AsSpan(Start(word), _ends[word] - Start(word));

    /// <summary>How often a word occurred.</summary>
    public long CountOf(int word) => _counts[word];

    /// <summary>Counts a word.</summary>
    /// <exception cref="ResourceLimitException">The distinct words together are longer than 2 GiB.</exception>
    public void Add(ReadOnlySpan<byte> word, long count = 1)
    {
        var slot = (int)Hash(word) & (_table.Length - 1);
        while (_table[slot] != 0)
        {
            var other = _table[slot] - 1;
            if (this[other].SequenceEqual(word))
            {
                _counts[other] += count;
                return;
            }

            slot = (slot + 1) & (_table.Length - 1);
        }

        if ((long)_length + word.Length > Array.MaxLength) throw new ResourceLimitException("bytes of distinct words", (long)_length + word.Length, Array.MaxLength, "Train on less text, or with a pattern that cuts it.");
        if (_length + word.Length > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, _length + word.Length)));
        word.CopyTo(_bytes.AsSpan(_length));
        _length += word.Length;
        _ends.Add(_length);
        _counts.Add(count);
        _table[slot] = Count;
        if (2 * Count > _table.Length) Grow();
    }

    private int Start(int word) => word == 0 ? 0 : _ends[word - 1];

    private void Grow()
    {
        _table = new int[2 * _table.Length];
        for (var word = 0; word < Count; word++)
        {
            var slot = (int)Hash(this[word]) & (_table.Length - 1);
            while (_table[slot] != 0) slot = (slot + 1) & (_table.Length - 1);
            _table[slot] = word + 1;
        }
    }

    private static uint Hash(ReadOnlySpan<byte> word)
    {
        var hash = 0x9E3779B97F4A7C15ul ^ (ulong)word.Length;
        while (word.Length >= 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BitConverter.ToUInt64(word)) * 0xC2B2AE3D27D4EB4Ful, 31);
            word = word[8..];
        }

        foreach (var b in word) hash = (hash ^ b) * 0x100000001B3ul;
        hash *= 0x9E3779B97F4A7C15ul;
        return (uint)(hash >> 32);
    }
}
