using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>
/// Says without any text what a vocabulary is made of: control tokens, bytes and broken characters, starts of words against what stands
/// within them, scripts. Works on every tokenizer that loads, Unigram's included.
/// </summary>
[Method("qtok", "Qtok: A Comprehensive Framework for Evaluating Multilingual Tokenizer Quality in Large Language Models", "2410.12989", 2024, MethodStage.Tokenizer)]
public sealed class VocabularyClassifier
{
    private static readonly string[] s_tags = ["br", "h1", "h2", "h3", "h4", "h5", "h6", "b", "img", "li", "tr", "td", "p", "th", "u", "em"];

    private readonly bool _compatible;

    /// <summary>Creates a classifier.</summary>
    /// <param name="compatible">
    /// Whether figures equal those of the paper's program: it takes every character of the byte alphabet, ASCII letters included, for a byte,
    /// guesses how a vocabulary is written, and counts entries that look alike once. Default false.
    /// </param>
    public VocabularyClassifier(bool compatible = false) => _compatible = compatible;

    /// <summary>Classifies an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Its class, and its script where the class is one of letters.</returns>
    public (TokenClass Class, string? Script) Classify(VocabularyEntry entry)
    {
        if (_compatible) return Classify(entry.Written, entry.Written.StartsWith("<0y", StringComparison.Ordinal));
        if (entry.IsSingleByte) return (TokenClass.SingleByte, null);
        return entry.Text is null ? (TokenClass.Flank, null) : Classify(entry.Text, broken: false);
    }

    /// <summary>Classifies a vocabulary.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    public VocabularyComposition Describe(string name, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return _compatible
            ? Describe(name, QtokVocabulary.Read(tokenizer).Entries.Select(static e => new VocabularyEntry(-1, e, e, false)))
            : Describe(name, VocabularyEntry.Of(tokenizer));
    }

    /// <summary>Classifies entries.</summary>
    /// <param name="name">What reports call them.</param>
    /// <param name="entries">The entries.</param>
    public VocabularyComposition Describe(string name, IEnumerable<VocabularyEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var counts = new int[Enum.GetValues<TokenClass>().Length];
        var scripts = new Dictionary<(string, TokenClass), int>();
        foreach (var entry in entries)
        {
            var (kind, script) = Classify(entry);
            counts[(int)kind]++;
            if (script is not null) scripts[(script, kind)] = scripts.GetValueOrDefault((script, kind)) + 1;
        }

        return new VocabularyComposition(name, counts, scripts) { IsCompatible = _compatible };
    }

    private (TokenClass Class, string? Script) Classify(string text, bool broken)
    {
        var runes = text.EnumerateRunes().Select(static r => r.Value).ToArray();
        if (runes.Length == 1)
        {
            if (_compatible && ByteAlphabet.ByteOf(runes[0]) >= 0) return (TokenClass.SingleByte, null);
            if (!TryFind(runes[0], out var word)) return (TokenClass.CharacterError, null);
            return word is null ? (TokenClass.CharacterOther, null) : (TokenClass.CharacterAlpha, word);
        }

        var spaced = runes.Length > 0 && runes[0] == ' ';
        if (!spaced)
        {
            if (!broken && IsControl(text)) return (TokenClass.Control, null);
            if (broken) return (TokenClass.Flank, null);
        }

        string? script = null;
        var alike = runes.Length > 0;
        for (var i = 0; i < runes.Length; i++)
        {
            if (!TryFind(runes[i], out var word)) return (spaced ? TokenClass.SpacedError : TokenClass.InnerError, null);
            var first = spaced ? 1 : 0;
            if (i < first) continue;
            if (i == first) script = word;
            alike &= word is not null && word == script;
        }

        return alike
            ? (spaced ? TokenClass.SpacedAlpha : TokenClass.InnerAlpha, script)
            : (spaced ? TokenClass.SpacedOther : TokenClass.InnerOther, null);
    }

    private bool TryFind(int scalar, out string? word) =>
        _compatible ? NameWords.Instance.TryFind(scalar, out word) : NameWords.Instance.TryFindNow(scalar, out word);

    private static bool IsControl(string text) =>
        text.Length >= 2
        && (text[0] == '<' && text[^1] == '>' || text[0] == '[' && text[^1] == ']')
        && !s_tags.Contains(text[1..^1].ToLowerInvariant().Replace("/", "", StringComparison.Ordinal));
}
