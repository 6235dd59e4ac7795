namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>The most probable string that is not in a vocabulary: the smaller its probability, the better the vocabulary covers what is frequent.</summary>
/// <param name="Text">The string; of equally probable ones the last in order of code units.</param>
/// <param name="Probability">The share of places at which it stands, among those where a string of its length can.</param>
public sealed record MissingSubstring(string Text, double Probability)
{
    /// <summary>The longest strings that are looked at, in characters.</summary>
    public const int Longest = 16;

    /// <summary>
    /// The heavy-hitting exponent β: every string more probable than d^−β is in a vocabulary of size d. Tokens of a greedy vocabulary then
    /// carry about β log₂ d bits each.
    /// </summary>
    /// <param name="size">The vocabulary's size d, at least 2.</param>
    public double Exponent(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        return Math.Log(1 / Probability) / Math.Log(size);
    }

    /// <summary>Finds it.</summary>
    /// <param name="text">A text that the vocabulary was not made of.</param>
    /// <param name="isKnown">Whether a string is in the vocabulary.</param>
    /// <param name="isWhole">Whether a stretch (start, length) may be a token at all: a pre-tokenizer does not cut it. Null for always.</param>
    /// <returns>The string; null where every string of the text is known.</returns>
    public static MissingSubstring? Find(string text, Func<string, bool> isKnown, Func<int, int, bool>? isWhole = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(isKnown);
        MissingSubstring? best = null;
        var places = Enumerable.Range(0, text.Length).ToList();
        var groups = new int[text.Length]; // the number of the string that begins at a place
        for (var length = 1; length <= Math.Min(Longest, text.Length) && places.Count > 0; length++)
        {
            // Strings one longer: the group of their beginning and their last character.
            var known = new Dictionary<(int, char), int>();
            var counts = new List<(int Count, int Place)>();
            places.RemoveAll(p => p + length > text.Length || isWhole?.Invoke(p, length) == false);
            foreach (var place in places)
            {
                var key = (groups[place], text[place + length - 1]);
                if (!known.TryGetValue(key, out var group))
                {
                    known[key] = group = counts.Count;
                    counts.Add((0, place));
                }

                groups[place] = group;
                counts[group] = (counts[group].Count + 1, counts[group].Place);
            }

            double possible = text.Length - length + 1;
            foreach (var (count, place) in counts)
            {
                var probability = count / possible;
                if (best is not null && probability < best.Probability) continue;
                var candidate = text.Substring(place, length);
                if (best is not null && probability == best.Probability && string.CompareOrdinal(candidate, best.Text) <= 0) continue;
                if (!isKnown(candidate)) best = new MissingSubstring(candidate, probability);
            }

            // A longer string is no more frequent than its beginning: only beginnings that could still win go on.
            if (best is null) continue;
            var least = best.Probability * (text.Length - Longest + 1);
            places.RemoveAll(p => counts[groups[p]].Count < least);
        }

        return best;
    }
}
