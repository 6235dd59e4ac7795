namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>The words and morphemes of a language: what a token is held against. Safe for any number of threads where its analyser is.</summary>
public sealed class Lexicon
{
    private readonly HashSet<string> _words;
    private readonly HashSet<string> _morphemes;
    private readonly LetterCasing _casing;
    private readonly IWordAnalyser? _analyser;

    /// <summary>Creates a lexicon.</summary>
    /// <param name="words">Words, inflected forms included.</param>
    /// <param name="morphemes">Roots and affixes; they count as words too.</param>
    /// <param name="casing">How its letters change case. Default as Unicode says.</param>
    /// <param name="analyser">Asked where the lists do not know a string; null for nobody.</param>
    /// <exception cref="ArgumentException">Both lists are empty and there is no analyser.</exception>
    public Lexicon(IEnumerable<string> words, IEnumerable<string> morphemes, LetterCasing casing = LetterCasing.Invariant, IWordAnalyser? analyser = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(morphemes);
        _words = new HashSet<string>(words.Where(static w => w.Length > 0), StringComparer.Ordinal);
        _morphemes = new HashSet<string>(morphemes.Where(static m => m.Length > 0), StringComparer.Ordinal);
        if (_words.Count + _morphemes.Count == 0 && analyser is null) throw new ArgumentException("A lexicon needs words, morphemes or an analyser.", nameof(words));
        (_casing, _analyser) = (casing, analyser);
    }

    /// <summary>The number of words in the list.</summary>
    public int Words => _words.Count;

    /// <summary>The number of morphemes in the list.</summary>
    public int Morphemes => _morphemes.Count;

    /// <summary>
    /// A lexicon of what occurs often enough in a corpus, for languages without a list: words between white space, without punctuation at
    /// their ends. It knows no morphemes, so that nothing in it is pure.
    /// </summary>
    /// <param name="texts">The corpus.</param>
    /// <param name="casing">How its letters change case.</param>
    /// <param name="fewest">How often a word must occur. Default 5.</param>
    /// <exception cref="ArgumentException">No word occurs so often.</exception>
    public static Lexicon FromCorpus(IEnumerable<string> texts, LetterCasing casing = LetterCasing.Invariant, int fewest = 5)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in texts.SelectMany(static t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        {
            var trimmed = word.AsSpan().Trim(Punctuation).ToString();
            if (trimmed.Length > 0) counts[trimmed] = counts.GetValueOrDefault(trimmed) + 1;
        }

        return new Lexicon(counts.Where(c => c.Value >= fewest).Select(static c => c.Key), [], casing);
    }

    /// <summary>Whether a string is a word or a morpheme, as it stands, in lower case or capitalised, or one that the analyser accepts.</summary>
    /// <param name="text">The string.</param>
    public bool IsWord(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && (Variants(text).Any(v => _morphemes.Contains(v) || _words.Contains(v)) || _analyser?.IsWord(text) == true);
    }

    /// <summary>Whether a string is a whole root or affix: in the list, in the same variants, or one of the roots that the analyser finds for it.</summary>
    /// <param name="text">The string.</param>
    public bool IsPure(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return false;
        var variants = Variants(text);
        return variants.Any(_morphemes.Contains) || _analyser is not null && _analyser.Roots(text).Any(variants.Contains);
    }

    /// <summary>A text in lower case.</summary>
    public static string ToLower(string text, LetterCasing casing)
    {
        ArgumentNullException.ThrowIfNull(text);
        return casing == LetterCasing.Turkish ? text.Replace('I', 'ı').Replace('İ', 'i').ToLowerInvariant() : text.ToLowerInvariant();
    }

    private const string Punctuation = ".,;:!?\"'()[]{}«»„“”‘’…–—-¿¡،؛؟。、";

    private string[] Variants(string text)
    {
        var lower = ToLower(text, _casing);
        return [text, lower, Capital(lower)];
    }

    private string Capital(string lower)
    {
        if (lower.Length == 0) return lower;
        if (_casing == LetterCasing.Turkish && lower[0] is ('i' or 'ı')) return (lower[0] == 'i' ? 'İ' : 'I') + lower[1..];
        var length = char.IsHighSurrogate(lower[0]) && lower.Length > 1 ? 2 : 1;
        return lower[..length].ToUpperInvariant() + lower[length..];
    }
}
