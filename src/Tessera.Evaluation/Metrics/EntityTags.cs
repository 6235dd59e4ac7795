namespace Tessera.Evaluation.Metrics;

/// <summary>
/// Named entities in tags B-X, I-X and O: scores (times 100), and the way from tags of characters to tags of tokens and back, as KLUE does it.
/// </summary>
public sealed class EntityTags
{
    private const string Outside = "O";
    private const string UnknownToken = "[UNK]";
    private const string Continuation = "##";

    private readonly string[] _labels;

    /// <summary>Creates a set of tags.</summary>
    /// <param name="labels">The tags in the order of their numbers; O must be among them.</param>
    /// <exception cref="ArgumentException">A tag is neither O nor B-X nor I-X, or O is missing.</exception>
    public EntityTags(IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (!labels.Contains(Outside) || labels.Any(static l => l != Outside && !IsBegin(l) && !IsInside(l))) throw new ArgumentException("Tags are O, B-X and I-X, and O must be among them.", nameof(labels));
        _labels = [.. labels];
    }

    /// <summary>KLUE's tags: persons, places, organisations, dates, times, quantities.</summary>
    public static EntityTags Klue { get; } = new(["B-PS", "I-PS", "B-LC", "I-LC", "B-OG", "I-OG", "B-DT", "I-DT", "B-TI", "I-TI", "B-QT", "I-QT", Outside]);

    /// <summary>
    /// F1 of whole entities, averaged over the categories that occur in labels or predictions. An entity begins at B- only (strict IOB2); an I-
    /// of another category ends it. All sentences stand one behind the other, and no entity goes on over an O between them.
    /// </summary>
    /// <param name="predictions">Predicted tags as numbers.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, not as many of both, or a number is out of range.</exception>
    public double EntityMacroF1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        ClassificationScores.Check(predictions.Length, labels.Length);
        var (found, truth) = (Entities(predictions), Entities(labels));
        var categories = found.Concat(truth).Select(static e => e.Category).Distinct().ToList();
        return categories.Count == 0 ? 0 : 100 * categories.Average(category =>
        {
            var mine = found.Where(e => e.Category == category).ToHashSet();
            var theirs = truth.Where(e => e.Category == category).ToHashSet();
            return ClassificationScores.F1(mine.Count(theirs.Contains), mine.Count, theirs.Count);
        });
    }

    /// <summary>F1 of each tag over characters, O included, averaged; a tag that neither occurs nor is predicted counts with 1.</summary>
    /// <param name="predictions">Predicted tags as numbers.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, not as many of both, or a number is out of range.</exception>
    public double CharacterMacroF1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels) => ClassificationScores.MacroF1(predictions, labels, _labels.Length);

    /// <summary>The tag of each token: that of its first character.</summary>
    /// <param name="characterTags">Tags of the characters, white space left out.</param>
    /// <param name="words">The tokens of each word as WordPiece writes them.</param>
    /// <param name="wordLengths">The characters of each word.</param>
    /// <remarks>Within a word that holds an unknown token nobody knows where a token stands: all of its tokens get the tag of its first character.</remarks>
    public static IReadOnlyList<string> TokenTags(IReadOnlyList<string> characterTags, IReadOnlyList<IReadOnlyList<string>> words, IReadOnlyList<int> wordLengths)
    {
        ArgumentNullException.ThrowIfNull(characterTags);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(wordLengths);
        if (words.Count != wordLengths.Count || wordLengths.Sum() != characterTags.Count) throw new ArgumentException("The words do not cover the characters.", nameof(words));
        var (tags, start) = (new List<string>(), 0);
        for (var i = 0; i < words.Count; i++)
        {
            var (at, unknown) = (start, words[i].Contains(UnknownToken));
            foreach (var token in words[i])
            {
                var length = Characters(token);
                tags.Add(length == 0 || at >= characterTags.Count ? Outside : characterTags[at]);
                if (!unknown) at += length;
            }

            start += wordLengths[i];
        }

        return tags;
    }

    /// <summary>The tag of each character: the first one of a token has its tag, the others go on within it.</summary>
    /// <param name="tokenTags">Tags of the tokens.</param>
    /// <param name="words">The tokens of each word as WordPiece writes them.</param>
    /// <param name="wordLengths">The characters of each word.</param>
    /// <param name="compatible">
    /// Whether to do as the official program, which loses its place at unknown tokens: it does not move past one at the end of a word, so that all
    /// that follows is shifted, and moves too early behind one within a word. Default false: an unknown token covers what its word's others leave.
    /// </param>
    public static IReadOnlyList<string> CharacterTags(IReadOnlyList<string> tokenTags, IReadOnlyList<IReadOnlyList<string>> words, IReadOnlyList<int> wordLengths, bool compatible = false)
    {
        ArgumentNullException.ThrowIfNull(tokenTags);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(wordLengths);
        if (words.Count != wordLengths.Count || words.Sum(static w => w.Count) != tokenTags.Count) throw new ArgumentException("The words do not hold the tokens.", nameof(words));
        var (tags, token) = (new List<string>(), 0);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (!compatible || !word.Contains(UnknownToken))
            {
                var start = tags.Count;
                for (var t = 0; t < word.Count; t++) Spread(tags, tokenTags[token + t], word[t] == UnknownToken ? UnknownLength(word, t, wordLengths[i]) : Characters(word[t]));
                while (tags.Count - start > wordLengths[i]) tags.RemoveAt(tags.Count - 1);
                while (tags.Count - start < wordLengths[i]) tags.Add(Outside);
                token += word.Count;
                continue;
            }

            token += CompatibleWord(tags, tokenTags, token, word, wordLengths[i]);
        }

        return tags;
    }

    private static bool IsBegin(string tag) => tag.StartsWith("B-", StringComparison.Ordinal);

    private static bool IsInside(string tag) => tag.StartsWith("I-", StringComparison.Ordinal);

    private static string Inside(string tag) => tag == Outside ? tag : "I-" + tag[2..];

    private static int Characters(string token) => (token.StartsWith(Continuation, StringComparison.Ordinal) ? token[Continuation.Length..] : token).EnumerateRunes().Count();

    private static void Spread(List<string> tags, string tag, int characters)
    {
        for (var c = 0; c < characters; c++) tags.Add(c == 0 ? tag : Inside(tag));
    }

    /// <summary>What an unknown token covers: all that the others of its word leave, the first unknown one of several taking the lot but one each.</summary>
    private static int UnknownLength(IReadOnlyList<string> word, int at, int length)
    {
        var unknown = word.Count(static t => t == UnknownToken);
        var left = length - word.Where(static t => t != UnknownToken).Sum(Characters);
        var isFirst = word.Take(at).All(static t => t != UnknownToken);
        return Math.Max(0, isFirst ? left - (unknown - 1) : 1);
    }

    /// <summary>A word with an unknown token in the official way; gives the tokens that it moved on by.</summary>
    private static int CompatibleWord(List<string> tags, IReadOnlyList<string> tokenTags, int token, IReadOnlyList<string> word, int length)
    {
        // Its characters are matched one by one with known tokens; inside an unknown one it waits at that token for the next known piece to begin.
        var (moved, covered) = (0, 0);
        for (var t = 0; t < word.Count && covered < length; t++)
        {
            var isUnknown = word[t] == UnknownToken;
            if (isUnknown)
            {
                var hidden = UnknownLength(word, t, length);
                Spread(tags, tokenTags[Math.Min(token + moved, tokenTags.Count - 1)], hidden);
                covered += hidden;
                continue;
            }

            var afterUnknown = t > 0 && word[t - 1] == UnknownToken;
            if (afterUnknown) moved++;
            var characters = Math.Min(Characters(word[t]), length - covered);
            Spread(tags, tokenTags[Math.Min(token + moved, tokenTags.Count - 1)], characters);
            covered += characters;
            if (!afterUnknown) moved++;
        }

        return moved;
    }

    private List<(int Start, int End, string Category)> Entities(ReadOnlySpan<int> tags)
    {
        var entities = new List<(int, int, string)>();
        var (start, category) = (-1, "");
        for (var i = 0; i <= tags.Length; i++)
        {
            var tag = i == tags.Length ? Outside : (uint)tags[i] < (uint)_labels.Length ? _labels[tags[i]] : throw new ArgumentException($"There is no tag {tags[i]}.", nameof(tags));
            if (start >= 0 && IsInside(tag) && tag[2..] == category) continue;
            if (start >= 0) entities.Add((start, i, category));
            (start, category) = IsBegin(tag) ? (i, tag[2..]) : (-1, "");
        }

        return entities;
    }
}
