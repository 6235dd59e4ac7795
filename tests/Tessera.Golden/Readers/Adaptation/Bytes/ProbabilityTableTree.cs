using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>A model that is a table of the next token's probabilities after the last token, in double; its last row is that of the beginning.</summary>
/// <param name="table">A row for each token and one for the beginning.</param>
internal sealed class ProbabilityTableTree(double[][] table) : ITokenTree
{
    public int VocabularySize => table[0].Length;

    public int Calls { get; private set; }

    public ValueTask StartAsync(ReadOnlyMemory<int> context, TokenScores scores, CancellationToken cancellation = default)
    {
        Calls++;
        scores(0, Array.ConvertAll(table[context.IsEmpty ? table.Length - 1 : context.Span[^1]], Math.Log));
        return default;
    }

    public ValueTask RunAsync(ReadOnlyMemory<int> parents, ReadOnlyMemory<int> tokens, TokenScores scores, CancellationToken cancellation = default)
    {
        Calls++;
        for (var i = 0; i < tokens.Length; i++) scores(i, Array.ConvertAll(table[tokens.Span[i]], Math.Log));
        return default;
    }

    public void Release(int list)
    {
    }

    public void Dispose()
    {
    }
}
