namespace Tessera.Generation;

/// <summary>
/// What may follow a token, by rank: what followed it in the text and what the latest pass said, by turns. Also says what the first one rests on,
/// as a number that <see cref="DraftGovernor"/> counts by.
/// </summary>
/// <param name="matrix">Candidates by pass.</param>
/// <param name="text">The text; null for the matrix alone.</param>
internal sealed class CandidateRanking(AdjacencyMatrix matrix, TextFollowers? text)
{
    // How much of the text agrees: not at all, 1 token, 2, 3 or 4, more.
    private const int Agreements = 5;

    /// <summary>The number of grounds.</summary>
    public const int Grounds = 2 * Agreements;

    /// <summary>Candidates by pass.</summary>
    public AdjacencyMatrix Matrix => matrix;

    /// <summary>Ranks what may follow.</summary>
    /// <param name="context">The token and what stands before it, the latest first.</param>
    /// <param name="ranked">Receives the candidates, as many as fit; −1 where there are fewer.</param>
    /// <returns>What the first one rests on, below <see cref="Grounds"/>.</returns>
    public int Rank(ReadOnlySpan<int> context, Span<int> ranked)
    {
        var row = matrix[context[0]];
        if (text is null)
        {
            ranked.Fill(-1);
            row[..Math.Min(row.Length, ranked.Length)].CopyTo(ranked);
            return 0;
        }

        Span<int> followers = stackalloc int[ranked.Length];
        followers = followers[..text.Rank(context, followers, out var longest)];
        var count = 0;
        for (var i = 0; i < Math.Max(followers.Length, row.Length) && count < ranked.Length; i++)
        {
            if (i < followers.Length) Add(followers[i], ranked, ref count);
            if (i < row.Length) Add(row[i], ranked, ref count);
        }

        ranked[count..].Fill(-1);
        var agreement = longest < 3 ? longest : longest < 5 ? 3 : 4;
        return 2 * agreement + (ranked[0] >= 0 && ranked[0] == row[0] ? 1 : 0);
    }

    private static void Add(int token, Span<int> ranked, ref int count)
    {
        if (token >= 0 && count < ranked.Length && !ranked[..count].Contains(token)) ranked[count++] = token;
    }
}
