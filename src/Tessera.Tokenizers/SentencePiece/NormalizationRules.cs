using System.Text;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// SentencePiece's normalisations as character maps, made from the tables of Unicode 9: what each character becomes, and every sequence
/// that composes to one character. (A map replaces the longest entry at each place; marks in another order than the canonical stay.)
/// </summary>
internal static class NormalizationRules
{
    private static readonly Lazy<byte[]> s_nfkc = new(static () => Compile(nmt: false));
    private static readonly Lazy<byte[]> s_nmtNfkc = new(static () => Compile(nmt: true));

    /// <summary>The compiled map; empty for none.</summary>
    public static byte[] MapOf(SentencePieceNormalization normalization) => normalization switch
    {
        SentencePieceNormalization.NmtNfkc => s_nmtNfkc.Value,
        SentencePieceNormalization.Nfkc => s_nfkc.Value,
        SentencePieceNormalization.Identity => [],
        _ => throw new ArgumentOutOfRangeException(nameof(normalization), normalization, "No such normalisation."),
    };

    /// <summary>The name in a model file.</summary>
    public static string NameOf(SentencePieceNormalization normalization) => normalization switch
    {
        SentencePieceNormalization.NmtNfkc => "nmt_nfkc",
        SentencePieceNormalization.Nfkc => "nfkc",
        _ => "identity",
    };

    private static byte[] Compile(bool nmt)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var scalar = 1; scalar <= 0x10FFFF; scalar++)
        {
            // What decomposes to nothing else stays as it is; Hangul syllables are composed already.
            var decomposes = UnicodeTables.Decomposition(scalar, compatibility: true).Length > 0;
            if (!decomposes && Parts(scalar) is null) continue;
            var text = new Rune(scalar).ToString();
            var composed = decomposes ? Normalized(text) : text;
            if (composed != text) map[text] = composed;
            foreach (var sequence in Sequences(scalar)) map[sequence] = composed;
        }

        if (nmt) AddNmt(map);
        return CharacterMapBuilder.Build(map.Select(static e => (Encoding.UTF8.GetBytes(e.Key), Encoding.UTF8.GetBytes(e.Value))));
    }

    /// <summary>The sequences of characters that compose to a character: its two parts, and the first part in turn taken apart.</summary>
    private static IEnumerable<string> Sequences(int scalar)
    {
        if (Parts(scalar) is not var (first, second)) yield break;
        var end = new Rune(second).ToString();
        yield return new Rune(first) + end;
        foreach (var start in Sequences(first)) yield return start + end;
    }

    private static (int First, int Second)? Parts(int scalar)
    {
        const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7, TrailCount = 28, BlockCount = 21 * 28;
        if (scalar is >= Syllables and < Syllables + 19 * BlockCount)
        {
            var index = scalar - Syllables;
            return index % TrailCount == 0 ? (Leads + index / BlockCount, Vowels + index % BlockCount / TrailCount) : (scalar - index % TrailCount, Trails + index % TrailCount);
        }

        return UnicodeTables.Decomposition(scalar, compatibility: false) is [var first, var second] && UnicodeTables.Composition(first, second) == scalar ? (first, second) : null;
    }

    private static string Normalized(string text)
    {
        var scalars = new List<(int Scalar, int Change)>();
        Tessera.Tokenizers.Text.Unicode.NormalizationForm.Decompose(Encoding.UTF8.GetBytes(text), compatibility: true, scalars);
        Tessera.Tokenizers.Text.Unicode.NormalizationForm.Compose(scalars);
        return string.Concat(scalars.Select(static s => new Rune(s.Scalar).ToString()));
    }

    /// <summary>The rules that nmt adds (builder.cc of google/sentencepiece, BuildNmtNFKCMap).</summary>
    private static void AddNmt(SortedDictionary<string, string> map)
    {
        foreach (var blank in (ReadOnlySpan<int>)[0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B, 0x200C, 0x200E, 0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD]) map[new Rune(blank).ToString()] = " ";
        for (var control = 0x01; control <= 0x9F; control++)
        {
            if (control is <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F) map[new Rune(control).ToString()] = "";
        }

        map.Remove("\uFF5E"); // the full-width tilde, which many fonts take for a wave dash
    }
}
