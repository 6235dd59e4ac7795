using System.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Domain;

/// <summary>A kind of terms with the subword tokens that are typical of it.</summary>
/// <param name="Name">What the terms are.</param>
/// <param name="Prior">Its share of all terms.</param>
/// <param name="Tokens">Its tokens and how probable each is.</param>
public sealed record SemanticType(string Name, double Prior, SubwordTable Tokens)
{
    private const int Rounds = 2; // segmentations settle at once: words are few and short

    /// <summary>
    /// Learns a type's tokens from its words: candidates by merges of frequent pairs, then the most probable segmentation of every word,
    /// counted anew; what is rare goes, characters stay.
    /// </summary>
    /// <param name="name">What the terms are.</param>
    /// <param name="prior">Its share of all terms.</param>
    /// <param name="words">Words with their counts.</param>
    /// <param name="most">The most tokens.</param>
    /// <param name="fewest">How often a token must occur to stay.</param>
    internal static SemanticType Learn(string name, double prior, IReadOnlyDictionary<string, long> words, int most, long fewest)
    {
        var counter = new WordCounter();
        foreach (var (word, count) in words) counter.Add(Encoding.UTF8.GetBytes(word), count);
        var characters = words.Keys.SelectMany(static w => w.EnumerateRunes()).Distinct().ToList();
        var training = new MergeTraining(counter, new MergeSettings { VocabularySize = Math.Min(most, words.Count) + 2 * characters.Count, ContinuingPrefix = SubwordTable.Continuation });
        training.Run(null, CancellationToken.None);
        var tokens = characters.SelectMany(static c => (IEnumerable<string>)[c.ToString(), SubwordTable.Continuation + c]).Concat(training.Tokens).Distinct(StringComparer.Ordinal);
        var counts = tokens.ToDictionary(static t => t, t => words.Where(w => Holds(w.Key, t)).Sum(static w => w.Value), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            var table = new SubwordTable(SubwordTable.Smooth(counts));
            var next = counts.Keys.ToDictionary(static k => k, static _ => 0L, StringComparer.Ordinal);
            foreach (var (word, count) in words)
            {
                foreach (var token in table.Segment(word)!.Value.Tokens) next[token] += count;
            }

            counts = next.Where(c => c.Value >= fewest || IsCharacter(c.Key)).ToDictionary(StringComparer.Ordinal);
        }

        double total = counts.Values.Sum() + counts.Count;
        return new SemanticType(name, prior, new SubwordTable(SubwordTable.Smooth(counts), 1 / (total + 1)));
    }

    internal static bool IsCharacter(string token) => SubwordTable.Bare(token) is { Length: 1 } or [>= '\uD800' and <= '\uDBFF', _];

    private static bool Holds(string word, string token) =>
        token.StartsWith(SubwordTable.Continuation, StringComparison.Ordinal)
            ? word.IndexOf(SubwordTable.Bare(token), 1, StringComparison.Ordinal) >= 0
            : word.StartsWith(token, StringComparison.Ordinal);
}
