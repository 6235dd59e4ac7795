using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled character map as tokenizers applies it: for each grapheme cluster shorter than six bytes the first (shortest)
/// hit of the trie replaces the whole cluster; else character by character.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private readonly CharacterMap _map;

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">The lengths do not fit, or the replacements are not text.</exception>
    public PrecompiledNormalizer(ReadOnlySpan<byte> map) => _map = new CharacterMap(map);

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
        if (!_map.TryShortest(text, out var value)) return false;
        var content = _map.Replacement(value);
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
}
