namespace Tessera.Tokenizers.Domain;

/// <summary>
/// Subword tokens with probabilities, and the segmentation of a word that they make most probable. Tokens that go on within a word are written
/// with a prefix. Immutable.
/// </summary>
public sealed class SubwordTable
{
    /// <summary>What marks a token within a word, as WordPiece writes it.</summary>
    public const string Continuation = "##";

    private readonly Dictionary<string, double> _costs;
    private readonly int _longest;
    private readonly double _characterCost;

    /// <summary>Creates a table.</summary>
    /// <param name="probabilities">Each token's probability, above 0 and at most 1.</param>
    /// <param name="characterProbability">The probability of a character that is no token of the table; null where a word with one has no segmentation.</param>
    /// <exception cref="ArgumentException">A token is empty, or a probability is out of range.</exception>
    public SubwordTable(IReadOnlyDictionary<string, double> probabilities, double? characterProbability = null)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.Any(static p => Bare(p.Key).Length == 0 || !(p.Value > 0 && p.Value <= 1))) throw new ArgumentException("A token is empty, or its probability is not above 0 and at most 1.", nameof(probabilities));
        if (characterProbability is { } given && !(given > 0 && given <= 1)) throw new ArgumentException("A probability is above 0 and at most 1.", nameof(characterProbability));
        Probabilities = probabilities;
        _costs = probabilities.ToDictionary(static p => p.Key, static p => -Math.Log(p.Value), StringComparer.Ordinal);
        _longest = probabilities.Count == 0 ? 1 : probabilities.Max(static p => Bare(p.Key).Length);
        _characterCost = characterProbability is { } floor ? -Math.Log(floor) : double.PositiveInfinity;
    }

    /// <summary>The tokens and their probabilities.</summary>
    public IReadOnlyDictionary<string, double> Probabilities { get; }

    /// <summary>Probabilities from counts, one added to each: (count + 1) / (total + number of tokens).</summary>
    /// <param name="counts">How often each token occurs.</param>
    public static IReadOnlyDictionary<string, double> Smooth(IReadOnlyDictionary<string, long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double total = counts.Values.Sum() + counts.Count;
        return counts.ToDictionary(static c => c.Key, c => (c.Value + 1) / total, StringComparer.Ordinal);
    }

    /// <summary>The most probable segmentation of a word, and its score: −ln p, averaged over its tokens. Smaller scores fit better.</summary>
    /// <param name="word">The word, without marks.</param>
    /// <returns>The segmentation; null where the tokens do not spell the word.</returns>
    public (IReadOnlyList<string> Tokens, double Score)? Segment(string word)
    {
        ArgumentException.ThrowIfNullOrEmpty(word);
        var costs = new double[word.Length + 1];
        var from = new int[word.Length + 1];
        costs.AsSpan(1).Fill(double.PositiveInfinity);
        for (var end = 1; end <= word.Length; end++)
        {
            for (var start = Math.Max(0, end - Math.Max(2, _longest)); start < end; start++)
            {
                if (double.IsInfinity(costs[start])) continue;
                var cost = _costs.TryGetValue(Token(word, start, end), out var known) ? known : IsCharacter(word, start, end) ? _characterCost : double.PositiveInfinity;
                if (!(costs[start] + cost < costs[end])) continue;
                (costs[end], from[end]) = (costs[start] + cost, start);
            }
        }

        if (double.IsInfinity(costs[^1])) return null;
        var tokens = new List<string>();
        for (var end = word.Length; end > 0; end = from[end]) tokens.Add(Token(word, from[end], end));
        tokens.Reverse();
        return (tokens, costs[^1] / tokens.Count);
    }

    /// <summary>A token without its mark.</summary>
    internal static string Bare(string token) => token.StartsWith(Continuation, StringComparison.Ordinal) ? token[Continuation.Length..] : token;

    private static string Token(string word, int start, int end) => (start > 0 ? Continuation : "") + word[start..end];

    private static bool IsCharacter(string word, int start, int end) =>
        end - start == 1 ? !char.IsSurrogate(word[start]) : end - start == 2 && char.IsHighSurrogate(word[start]) && char.IsLowSurrogate(word[start + 1]);
}
