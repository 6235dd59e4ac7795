using System.Text;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>
/// A vocabulary as the original of Qtok reads it, for figures that equal its own: it guesses how tokens are written, and entries that come
/// out alike are one.
/// </summary>
internal static class QtokVocabulary
{
    private const string LowerBar = "\u2581"; // SentencePiece's marker
    private const string ByteBlank = "\u0120"; // the blank of the byte alphabet

    /// <summary>The entries in the order of the file, added tokens last, and how many were like an earlier one.</summary>
    public static (IReadOnlyList<string> Entries, int Collisions) Read(Tokenizer tokenizer)
    {
        var tokens = tokenizer.Parts.Model.Vocabulary.Entries().Select(static e => Encoding.UTF8.GetString(e.Token)).ToList();
        var added = tokenizer.AddedTokens.Select(static t => t.Content).ToList();
        var marker = tokens.Count(static t => t.Contains(LowerBar, StringComparison.Ordinal)) >= tokens.Count(static t => t.Contains(ByteBlank, StringComparison.Ordinal)) ? LowerBar : null;
        // Its sign of a vocabulary that is not written in the byte alphabet: a Russian syllable somewhere in the file.
        var inBytes = !tokens.Concat(added).Any(static t => t.Contains("ма", StringComparison.Ordinal));
        var (entries, known, collisions) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal), 0);
        foreach (var token in tokens)
        {
            var isByte = token.StartsWith("<0x", StringComparison.OrdinalIgnoreCase);
            var entry = isByte && ByteFallbackDecoder.TryByte(token, out var value) ? Character(value)
                : Decode(marker is not null && token.Length > 1 && token.StartsWith(marker, StringComparison.Ordinal) ? (inBytes ? ByteBlank : " ") + token[1..] : token, inBytes);
            if (known.Add(entry)) entries.Add(entry);
            else if (!isByte) collisions++;
        }

        entries.AddRange(added.Where(known.Add));
        return (entries, collisions);
    }

    private static string Decode(string token, bool inBytes)
    {
        if (!inBytes) return token.Length == 1 && ByteAlphabet.ByteOf(token[0]) is >= 0 and var value ? $"0X{value:X}" : token;
        var bytes = new List<byte>();
        foreach (var rune in token.EnumerateRunes()) bytes.Add(ByteAlphabet.ByteOf(rune.Value) is >= 0 and var known ? (byte)known : (byte)0xFF);
        var text = Encoding.UTF8.GetString([.. bytes]);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? $"<0y{token}>" : text;
    }

    private static string Character(byte value) => ((char)ByteAlphabet.CharacterOf(value)).ToString();
}
