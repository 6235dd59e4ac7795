namespace Tessera.Laboratory;

/// <summary>A word that is cut inside: the text up to there, and the letters that follow.</summary>
/// <param name="Prompt">The text before the word and the letters that are shown.</param>
/// <param name="Rest">The letters that are to be found.</param>
public sealed record CutWord(string Prompt, string Rest)
{
    private const int Shortest = 6; // letters of a word
    private const int ContextLength = 80; // characters in front of it

    /// <summary>Chooses words by chance, spread over the texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="count">How many words.</param>
    /// <param name="share">The share of its letters that is shown, above 0 and below 1.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <exception cref="ArgumentException">The texts have too few words.</exception>
    public static IReadOnlyList<CutWord> Choose(IReadOnlyList<ReproductionText> texts, int count, double share, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (!(share > 0 && share < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        var words = new List<CutWord>(count);
        var seen = new HashSet<(int, int)>();
        for (uint draw = 0; words.Count < count; draw++)
        {
            if (texts.Count == 0 || draw > 50u * (uint)count) throw new ArgumentException($"{count} words of {Shortest} small letters and more are needed, each with {ContextLength} characters in front. Name files or folders with --texts.", nameof(texts));
            var which = (int)(draw % (uint)texts.Count);
            var text = texts[which].Text;
            if (text.Length < 2 * ContextLength) continue;
            var at = ContextLength + new RandomKey(seed, 0, draw, RandomPurpose.Shuffle).Below(text.Length - ContextLength);
            while (at < text.Length && text[at] != ' ') at++;
            var (start, end) = (at + 1, at + 1);
            while (end < text.Length && char.IsAsciiLetterLower(text[end])) end++;
            if (end - start < Shortest || end >= text.Length || char.IsLetterOrDigit(text[end]) || !seen.Add((which, start))) continue;
            var shown = (int)(share * (end - start));
            var from = text.IndexOf(' ', start - ContextLength) + 1; // a whole word begins the context
            if (from >= start) continue;
            words.Add(new CutWord(text[from..(start + shown)], text[(start + shown)..end]));
        }

        return words;
    }

    /// <summary>What an answer so far says.</summary>
    /// <param name="answer">Its text.</param>
    /// <param name="ended">Whether nothing follows.</param>
    /// <returns>Whether it completes the word, and nothing else; null while that is open.</returns>
    public bool? Judge(string answer, bool ended)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var shared = Math.Min(answer.Length, Rest.Length);
        if (string.CompareOrdinal(answer, 0, Rest, 0, shared) != 0) return false;
        if (answer.Length > Rest.Length) return !char.IsLetterOrDigit(answer[Rest.Length]);
        return ended ? answer.Length == Rest.Length : null;
    }
}
