using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Tokenizers.Measures;

/// <summary>What two vocabularies share: tokens that stand for the same text or bytes, however they are written. Equal ones count once in each.</summary>
/// <param name="Shared">What is a token of both.</param>
/// <param name="OnlyFirst">What is a token of the first alone.</param>
/// <param name="OnlySecond">What is a token of the second alone.</param>
public sealed record VocabularyOverlap(int Shared, int OnlyFirst, int OnlySecond)
{
    /// <summary>Jaccard's index: what is shared over all there is, from 0 to 1.</summary>
    public double Jaccard => Shared + OnlyFirst + OnlySecond == 0 ? 0 : Shared / (double)(Shared + OnlyFirst + OnlySecond);

    /// <summary>Compares vocabularies.</summary>
    /// <param name="first">One tokenizer.</param>
    /// <param name="second">The other.</param>
    public static VocabularyOverlap Between(Tokenizer first, Tokenizer second) => Between(Tokens(first), Tokens(second));

    /// <summary>Jaccard's index of every pair.</summary>
    /// <param name="tokenizers">The tokenizers.</param>
    /// <returns>A square of numbers from 0 to 1 with 1 on the diagonal.</returns>
    public static double[,] Matrix(IReadOnlyList<Tokenizer> tokenizers)
    {
        ArgumentNullException.ThrowIfNull(tokenizers);
        var sets = tokenizers.Select(Tokens).ToList();
        var matrix = new double[sets.Count, sets.Count];
        for (var i = 0; i < sets.Count; i++)
        {
            matrix[i, i] = 1;
            for (var j = 0; j < i; j++) matrix[i, j] = matrix[j, i] = Between(sets[i], sets[j]).Jaccard;
        }

        return matrix;
    }

    /// <summary>
    /// An order in which alike vocabularies stand together: groups are joined from the most alike pair on, by the mean of their members'
    /// likeness (average linkage), and the tree's leaves are read from left to right.
    /// </summary>
    /// <param name="likeness">A symmetric square of numbers.</param>
    /// <returns>The indices in order.</returns>
    /// <exception cref="ArgumentException">It is no square.</exception>
    public static IReadOnlyList<int> Order(double[,] likeness)
    {
        ArgumentNullException.ThrowIfNull(likeness);
        var count = likeness.GetLength(0);
        if (count != likeness.GetLength(1)) throw new ArgumentException("Likeness is a square.", nameof(likeness));
        var groups = Enumerable.Range(0, count).Select(static i => new List<int> { i }).ToList();
        while (groups.Count > 1)
        {
            var (left, right, best) = (0, 1, double.NegativeInfinity);
            for (var i = 0; i < groups.Count; i++)
            {
                for (var j = i + 1; j < groups.Count; j++)
                {
                    var mean = groups[i].SelectMany(a => groups[j].Select(b => likeness[a, b])).Average();
                    if (mean > best) (left, right, best) = (i, j, mean);
                }
            }

            groups[left].AddRange(groups[right]);
            groups.RemoveAt(right);
        }

        return groups.Count == 0 ? [] : groups[0];
    }

    private static VocabularyOverlap Between(HashSet<string> first, HashSet<string> second)
    {
        var shared = first.Count(second.Contains);
        return new VocabularyOverlap(shared, first.Count - shared, second.Count - shared);
    }

    private static HashSet<string> Tokens(Tokenizer tokenizer) => VocabularyEntry.Of(tokenizer).Select(static e => e.Written).ToHashSet(StringComparer.Ordinal);
}
