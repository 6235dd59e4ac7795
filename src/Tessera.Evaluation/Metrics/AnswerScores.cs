using System.Text;

namespace Tessera.Evaluation.Metrics;

/// <summary>Scores of answers cut from a text (KLUE's machine reading), from 0 to 1: the best over the answers that are right.</summary>
public static class AnswerScores
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>An answer as it is compared: in lower case, without ASCII punctuation, white space as single blanks.</summary>
    /// <param name="answer">The answer.</param>
    /// <remarks>The official program means to drop Korean quotation marks too, by an expression that never matches; published scores keep them.</remarks>
    public static string Normalize(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = new StringBuilder(answer.Length);
        foreach (var c in answer.ToLowerInvariant())
        {
            if (!Punctuation.Contains(c, StringComparison.Ordinal)) text.Append(c);
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>1 where a prediction equals an answer. Without answers the question cannot be answered, and only an empty prediction is right.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="answers">The right answers.</param>
    public static double ExactMatch(string prediction, IReadOnlyList<string> answers) =>
        Best(prediction, answers, static (p, a) => p == a ? 1 : 0);

    /// <summary>ROUGE-W as KLUE defines it: F1 of the longest stretch of characters, blanks included, that stands in both.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="answers">The right answers.</param>
    public static double RougeW(string prediction, IReadOnlyList<string> answers) => Best(prediction, answers, static (p, a) =>
    {
        if (p.Length == 0 || a.Length == 0) return p == a ? 1 : 0;
        double longest = LongestCommonStretch(p, a);
        return longest == 0 ? 0 : 2 * longest / (p.EnumerateRunes().Count() + a.EnumerateRunes().Count());
    });

    private static double Best(string prediction, IReadOnlyList<string> answers, Func<string, string, double> score)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var given = Normalize(prediction);
        return answers.Count == 0 ? (given.Length == 0 ? 1 : 0) : answers.Max(a => score(given, Normalize(a)));
    }

    private static int LongestCommonStretch(string first, string second)
    {
        var (a, b) = (first.EnumerateRunes().ToArray(), second.EnumerateRunes().ToArray());
        var (lengths, best) = (new int[b.Length + 1], 0);
        foreach (var rune in a)
        {
            for (var j = b.Length; j > 0; j--)
            {
                lengths[j] = rune == b[j - 1] ? lengths[j - 1] + 1 : 0;
                best = Math.Max(best, lengths[j]);
            }
        }

        return best;
    }
}
