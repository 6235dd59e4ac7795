using System.Buffers.Binary;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled character map: u32 length of the trie in bytes, a Darts double array of u32 units, NUL-terminated
/// replacements. Every offset is checked when it is followed. Immutable.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _trie;
    private readonly byte[] _replacements;

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">The lengths do not fit, or the replacements are not text.</exception>
    public CharacterMap(ReadOnlySpan<byte> map)
    {
        if (map.Length < 4) throw new FormatException($"a character map of {map.Length} bytes");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (length % 4 != 0 || length > (uint)(map.Length - 4)) throw new FormatException($"a trie of {length} bytes in a character map of {map.Length} bytes");
        _trie = new uint[length / 4];
        for (var i = 0; i < _trie.Length; i++) _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + 4 * i)..]);
        _replacements = map[(4 + (int)length)..].ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(_replacements)) throw new FormatException("replacements that are not UTF-8");
    }

    /// <summary>The shortest entry at the start of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">Names the replacement.</param>
    /// <returns>False where there is none.</returns>
    public bool TryShortest(ReadOnlySpan<byte> text, out int value) => Find(text, longest: false, out value, out _);

    /// <summary>The longest entry at the start of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">Names the replacement.</param>
    /// <param name="length">The entry's length in bytes.</param>
    /// <returns>False where there is none.</returns>
    public bool TryLongest(ReadOnlySpan<byte> text, out int value, out int length) => Find(text, longest: true, out value, out length);

    /// <summary>A replacement.</summary>
    public ReadOnlySpan<byte> Replacement(int value)
    {
        var content = _replacements.AsSpan(value);
        var end = content.IndexOf((byte)0);
        return end >= 0 ? content[..end] : content;
    }

    private bool Find(ReadOnlySpan<byte> text, bool longest, out int value, out int length)
    {
        (value, length) = (-1, 0);
        if (_trie.Length == 0) return false;
        // The bit fields of a Darts-clone unit: label 0-7 and 31, has-leaf 8, offset 10-30 (shifted by 8 where bit 9 is set).
        var node = OffsetOf(_trie[0]);
        for (var i = 0; i < text.Length && text[i] != 0; i++)
        {
            node ^= text[i];
            if (node >= (uint)_trie.Length) break;
            var unit = _trie[node];
            if ((unit & (1u << 31 | 0xFF)) != text[i]) break;
            node ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (node >= (uint)_trie.Length) break;
            var leaf = _trie[node] & 0x7FFFFFFF;
            if (leaf >= (uint)_replacements.Length || (_replacements[leaf] & 0xC0) == 0x80) break;
            (value, length) = ((int)leaf, i + 1);
            if (!longest) break;
        }

        return length > 0;
    }

    private static uint OffsetOf(uint unit) => unit >> 10 << (int)((unit & 1u << 9) >> 6);
}
