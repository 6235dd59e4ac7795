using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's own normalisation (normalizer.cc of google/sentencepiece 0.2): user-defined pieces stay as they are, then at each place the
/// longest entry of the character map is replaced; blanks become ▁, extra ones go, one is put before the text, as the model says. Invalid
/// bytes become U+FFFD. For each byte of the result, and its end, it tells where in the text that came from.
/// </summary>
internal sealed class SentencePieceNormalizer(PieceTable? pieces, CharacterMap? map, SentencePieceSettings settings)
{
    private static ReadOnlySpan<byte> Marker => "▁"u8;

    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <summary>Normalises a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="normalized">Takes the result.</param>
    /// <param name="places">Takes the place in the text of each byte of the result, and of its end.</param>
    public void Apply(ReadOnlySpan<byte> text, List<byte> normalized, List<int> places)
    {
        var at = 0;
        if (settings.RemoveExtraBlanks)
        {
            while (at < text.Length && Next(text[at..], out var length) is [(byte)' ']) at += length;
        }

        if (at == text.Length)
        {
            places.Add(at);
            return;
        }

        if (!settings.BlankAsSuffix && settings.DummyPrefix) AddBlank(normalized, places, at);
        var afterBlank = settings.RemoveExtraBlanks;
        while (at < text.Length)
        {
            var next = Next(text[at..], out var length);
            if (afterBlank) next = next.TrimStart((byte)' ');
            foreach (var b in next)
            {
                if (b == ' ') AddBlank(normalized, places, at);
                else Add(normalized, places, b, at);
            }

            if (!next.IsEmpty) afterBlank = next[^1] == ' ';
            at += length;
            afterBlank &= settings.RemoveExtraBlanks;
        }

        var end = at;
        if (settings.RemoveExtraBlanks)
        {
            var blank = settings.EscapeBlanks ? Marker : " "u8;
            while (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(normalized).EndsWith(blank))
            {
                var length = normalized.Count - blank.Length;
                end = places[length];
                normalized.RemoveRange(length, blank.Length);
                places.RemoveRange(length, blank.Length);
            }
        }

        if (settings.BlankAsSuffix && settings.DummyPrefix) AddBlank(normalized, places, end);
        places.Add(end);
    }

    // What the text's start becomes, and how many of its bytes that takes.
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int length)
    {
        length = pieces?.UserDefinedAt(text) ?? 0;
        if (length > 0) return text[..length];
        if (map is not null && map.TryLongest(text, out var value, out length)) return map.Replacement(value);
        if (System.Text.Rune.DecodeFromUtf8(text, out _, out length) == System.Buffers.OperationStatus.Done) return text[..length];
        length = 1;
        return Replacement;
    }

    private void AddBlank(List<byte> normalized, List<int> places, int place)
    {
        foreach (var b in settings.EscapeBlanks ? Marker : " "u8) Add(normalized, places, b, place);
    }

    private static void Add(List<byte> normalized, List<int> places, byte value, int place)
    {
        normalized.Add(value);
        places.Add(place);
    }
}
