using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled character map as tokenizers applies it: for each grapheme cluster shorter than six bytes the first (shortest)
/// hit of the trie replaces the whole cluster; else character by character. Layout: u32 length of the trie in bytes, a Darts double
/// array of u32 units, NUL-terminated replacements.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private readonly uint[] _trie;
    private readonly byte[] _replacements;

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">The lengths do not fit, or the replacements are not text.</exception>
    public PrecompiledNormalizer(ReadOnlySpan<byte> map)
    {
        if (map.Length < 4) throw new FormatException($"a character map of {map.Length} bytes");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (length % 4 != 0 || length > (uint)(map.Length - 4)) throw new FormatException($"a trie of {length} bytes in a character map of {map.Length} bytes");
        _trie = new uint[length / 4];
        for (var i = 0; i < _trie.Length; i++) _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + 4 * i)..]);
        _replacements = map[(4 + (int)length)..].ToArray();
        if (!System.Text.Unicode.Utf8.IsValid(_replacements)) throw new FormatException("replacements that are not UTF-8");
    }

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        var characters = new char[text.Length];
        Encoding.UTF8.TryGetChars(text, characters, out var count);
        var clusters = characters.AsSpan(0, count);
        var changes = new List<(int Scalar, int Change)>(text.Length);
        var modified = false;
        for (var position = 0; position < text.Length;)
        {
            var units = StringInfo.GetNextTextElementLength(clusters);
            var bytes = Encoding.UTF8.GetByteCount(clusters[..units]);
            clusters = clusters[units..];
            var cluster = text.Slice(position, bytes);
            position += bytes;
            if (bytes < 6 && Replace(cluster, changes))
            {
                modified = true;
                continue;
            }

            for (var i = 0; i < cluster.Length;)
            {
                var scalar = Utf8Text.Decode(cluster, i, out var length);
                if (Replace(cluster.Slice(i, length), changes)) modified = true;
                else changes.Add((scalar, 0));
                i += length;
            }
        }

        if (modified) to.Transform(from, changes);
        return modified;
    }

    private bool Replace(ReadOnlySpan<byte> text, List<(int Scalar, int Change)> changes)
    {
        var at = Find(text);
        if (at < 0) return false;
        var content = _replacements.AsSpan(at);
        var end = content.IndexOf((byte)0);
        if (end >= 0) content = content[..end];
        var (before, after) = (Utf8Text.Count(text), Utf8Text.Count(content));
        var written = 0;
        for (var i = 0; i < content.Length; written++)
        {
            changes.Add((Utf8Text.Decode(content, i, out var length), written < before ? 0 : 1));
            i += length;
        }

        if (after < before && changes.Count > 0) changes[^1] = (changes[^1].Scalar, changes[^1].Change + after - before);
        return true;
    }

    /// <summary>The value of the shortest key that is a prefix of the text, or −1.</summary>
    private int Find(ReadOnlySpan<byte> text)
    {
        if (_trie.Length == 0) return -1;
        // The bit fields of a Darts-clone unit: label 0-7 and 31, has-leaf 8, offset 10-30 (shifted by 8 where bit 9 is set).
        var node = OffsetOf(_trie[0]);
        foreach (var b in text)
        {
            if (b == 0) return -1;
            node ^= b;
            if (node >= (uint)_trie.Length) return -1;
            var unit = _trie[node];
            if ((unit & (1u << 31 | 0xFF)) != b) return -1;
            node ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 0) continue;
            if (node >= (uint)_trie.Length) return -1;
            var value = _trie[node] & 0x7FFFFFFF;
            return value < (uint)_replacements.Length && (_replacements[value] & 0xC0) != 0x80 ? (int)value : -1;
        }

        return -1;
    }

    private static uint OffsetOf(uint unit) => unit >> 10 << (int)((unit & 1u << 9) >> 6);
}
