using Tessera.Generation;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory;

/// <summary>What a reproduction works on.</summary>
public sealed record ReproductionContext
{
    /// <summary>The model with its tokenizer.</summary>
    public required ModelPackage Model { get; init; }

    /// <summary>Texts to measure on, in order.</summary>
    public required IReadOnlyList<ReproductionText> Texts { get; init; }

    /// <summary>The threads that compute.</summary>
    public required ComputePool Pool { get; init; }

    /// <summary>Seed of everything that is drawn. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Texts of at least a number of tokens.</summary>
    /// <param name="count">How many are needed.</param>
    /// <param name="tokens">How long each must be.</param>
    /// <returns>The first <paramref name="count"/> that are long enough, as ids without special tokens, cut to <paramref name="tokens"/>.</returns>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public IReadOnlyList<(string Name, int[] Ids)> LongTexts(int count, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        var found = new List<(string, int[])>();
        const int longestToken = 32; // characters: enough of a text's beginning is tokenized, not all of it
        foreach (var text in Texts)
        {
            var part = text.Text.Length <= (long)tokens * longestToken ? text.Text : text.Text[..(tokens * longestToken)];
            var ids = Model.Text.Tokenizer.EncodeToIds(part, new() { AddSpecialTokens = false });
            if (ids.Length >= tokens) found.Add((text.Name, ids[..tokens]));
            if (found.Count == count) return found;
        }

        throw new ArgumentException($"{count} texts of at least {tokens} tokens are needed; there are {found.Count}. Name files or folders with --texts.");
    }
}
