namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>
/// How many of the tokens that a text is cut into are words of its language (%TR in the paper, which took Turkish), and how many are whole
/// roots or affixes (%Pure). Counted both ways: over different tokens, as the paper's tables do, and over all tokens, as its text says.
/// </summary>
[Method("turkish-standards", "Tokenization Standards for Linguistic Integrity: Turkish as a Benchmark", "2502.07057", 2025, MethodStage.Tokenizer)]
public sealed class LexicalIntegrity
{
    private const int LongestLength = 4; // tokens of so many characters and more are counted together
    private const int Examples = 20;

    private readonly Lexicon _lexicon;

    /// <summary>Creates the measure.</summary>
    /// <param name="lexicon">The language.</param>
    public LexicalIntegrity(Lexicon lexicon)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        _lexicon = lexicon;
    }

    /// <summary>Measures the tokens that a sweep counted. Each id is decoded alone; blanks around it do not count.</summary>
    /// <param name="tokenizer">The tokenizer of the sweep.</param>
    /// <param name="measures">What the sweep counted.</param>
    /// <exception cref="ArgumentException">There are no tokens, or the measures are of another vocabulary.</exception>
    public LexicalShares Measure(Tokenizer tokenizer, TextMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(measures);
        if (measures.Counts.Count != tokenizer.VocabularySize) throw new ArgumentException("The measures are of another vocabulary.", nameof(measures));
        return Measure(Decoded(tokenizer, measures.Counts));
    }

    /// <summary>Measures decoded tokens.</summary>
    /// <param name="tokens">Tokens as text, each with how often it occurred; null for one whose bytes are no text by themselves.</param>
    /// <exception cref="ArgumentException">There are none but white space.</exception>
    public LexicalShares Measure(IEnumerable<(string? Text, long Count)> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        long invalid = 0, invalidTypes = 0;
        foreach (var (text, count) in tokens)
        {
            if (text is null)
            {
                invalid += count;
                invalidTypes++;
            }
            else if (text.Trim() is { Length: > 0 } trimmed) counts[trimmed] = counts.GetValueOrDefault(trimmed) + count;
        }

        if (counts.Count + invalidTypes == 0) throw new ArgumentException("There is no token but white space.", nameof(tokens));
        var judged = counts.Select(c => (Text: c.Key, Count: c.Value, IsWord: _lexicon.IsWord(c.Key), IsPure: _lexicon.IsPure(c.Key))).ToList();
        var lengths = new (int Types, int Words, int Pure)[LongestLength];
        foreach (var (text, _, isWord, isPure) in judged)
        {
            ref var row = ref lengths[Math.Min(LongestLength, text.EnumerateRunes().Count()) - 1];
            row = (row.Types + 1, row.Words + (isWord ? 1 : 0), row.Pure + (isPure ? 1 : 0));
        }

        var all = judged.Sum(static j => j.Count) + invalid;
        var types = judged.Count + invalidTypes;
        return new LexicalShares
        {
            Types = types,
            Tokens = all,
            InvalidTypes = invalidTypes,
            TypeWords = 100.0 * judged.Count(static j => j.IsWord) / types,
            TypePure = 100.0 * judged.Count(static j => j.IsPure) / types,
            TokenWords = 100.0 * judged.Where(static j => j.IsWord).Sum(static j => j.Count) / all,
            TokenPure = 100.0 * judged.Where(static j => j.IsPure).Sum(static j => j.Count) / all,
            ByLength = [.. lengths.Select(static (l, i) => new LexicalLength(i + 1, l.Types, l.Words, l.Pure))],
            Words = Most(judged.Where(static j => j.IsWord)),
            Others = Most(judged.Where(static j => !j.IsWord)),
        };
    }

    private static IReadOnlyList<string> Most(IEnumerable<(string Text, long Count, bool IsWord, bool IsPure)> judged) =>
        [.. judged.OrderByDescending(static j => j.Count).ThenBy(static j => j.Text, StringComparer.Ordinal).Take(Examples).Select(static j => j.Text)];

    private static IEnumerable<(string? Text, long Count)> Decoded(Tokenizer tokenizer, IReadOnlyList<long> counts)
    {
        for (var id = 0; id < counts.Count; id++)
        {
            if (counts[id] == 0) continue;
            var bytes = tokenizer.TokenBytes(id).ToArray();
            yield return (System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : null, counts[id]);
        }
    }
}
