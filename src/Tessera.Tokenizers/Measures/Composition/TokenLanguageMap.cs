namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>
/// Which languages a token belongs to. Built from texts: a token that starts a word belongs to the languages in which some words begin with
/// it, one within words to those whose words hold it, where enough different words do.
/// </summary>
public sealed class TokenLanguageMap
{
    /// <summary>How many different words of a language must hold a token before it counts as one of that language.</summary>
    public const int FewestWords = 5;

    private const int LongestToken = 16; // characters; longer ones are words of one language or nothing
    private readonly Dictionary<string, IReadOnlyList<string>> _languages;

    /// <summary>A map from what is known.</summary>
    /// <param name="languages">Each token as decoded text (a blank where it starts a word) and its languages.</param>
    public TokenLanguageMap(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> languages)
    {
        ArgumentNullException.ThrowIfNull(languages);
        _languages = new Dictionary<string, IReadOnlyList<string>>(languages, StringComparer.Ordinal);
    }

    /// <summary>The number of tokens that are known.</summary>
    public int Count => _languages.Count;

    /// <summary>The languages of a token; empty where it is not known.</summary>
    /// <param name="token">The decoded token.</param>
    public IReadOnlyList<string> Of(string token) => _languages.GetValueOrDefault(token) ?? [];

    /// <summary>Builds the part of a map that some vocabularies need from texts in known languages.</summary>
    /// <param name="texts">Texts and their languages.</param>
    /// <param name="tokens">The decoded tokens that will be asked for.</param>
    /// <param name="cancellationToken">Seen between texts.</param>
    public static TokenLanguageMap Build(IEnumerable<(string Language, string Text)> texts, IEnumerable<string> tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(tokens);
        var wanted = tokens.Where(static t => t.Length is > 1 and <= LongestToken).ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var language in texts.GroupBy(static t => t.Language, static t => t.Text, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (token, words) in WordsOf(language, wanted))
            {
                if (words < FewestWords) continue;
                if (!found.TryGetValue(token, out var languages)) found[token] = languages = new SortedSet<string>(StringComparer.Ordinal);
                languages.Add(language.Key);
            }
        }

        return new TokenLanguageMap(found.Select(static f => KeyValuePair.Create(f.Key, (IReadOnlyList<string>)[.. f.Value])));
    }

    /// <summary>For each wanted token the number of different words that hold it where it may stand.</summary>
    private static Dictionary<string, int> WordsOf(IEnumerable<string> texts, HashSet<string> wanted)
    {
        var words = texts.SelectMany(static t => t.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var lookup = wanted.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var word in words)
        {
            seen.Clear();
            var spaced = " " + word;
            for (var start = 0; start < spaced.Length; start++)
            {
                for (var length = 2; length <= LongestToken && start + length <= spaced.Length; length++)
                {
                    if (lookup.TryGetValue(spaced.AsSpan(start, length), out var token)) seen.Add(token);
                }
            }

            foreach (var token in seen) counts[token] = counts.GetValueOrDefault(token) + 1;
        }

        return counts;
    }
}
