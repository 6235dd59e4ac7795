namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>What a model without memory over tokens spends on a test text: probabilities counted on a training text, one added to every count.</summary>
/// <param name="BitsPerCharacter">Its loss in bits a character of the test text.</param>
/// <param name="CharactersPerToken">Characters a token of the test text.</param>
/// <param name="UnseenTokens">Tokens of the test text that the training text does not have.</param>
public sealed record UnigramLoss(double BitsPerCharacter, double CharactersPerToken, long UnseenTokens)
{
    /// <summary>Computes the loss.</summary>
    /// <param name="training">How often each token occurs in the training text.</param>
    /// <param name="test">How often each occurs in the test text, in the same order.</param>
    /// <param name="characters">Characters of the test text, at least 1.</param>
    /// <param name="unknown">Tokens of the test text that are not in the vocabulary; each costs as much as one that was never seen.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or there are no test tokens.</exception>
    public static UnigramLoss Of(IReadOnlyList<long> training, IReadOnlyList<long> test, long characters, long unknown = 0)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(characters, 1);
        if (training.Count != test.Count) throw new ArgumentException("The counts are of different vocabularies.", nameof(test));
        double total = training.Sum() + training.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(unknown);
        var bits = unknown * Math.Log2(total);
        var (tokens, unseen) = (unknown, unknown);
        for (var i = 0; i < test.Count; i++)
        {
            if (test[i] == 0) continue;
            bits -= test[i] * Math.Log2((training[i] + 1) / total);
            tokens += test[i];
            if (training[i] == 0) unseen += test[i];
        }

        return tokens == 0 ? throw new ArgumentException("The test text has no tokens.", nameof(test)) : new UnigramLoss(bits / characters, characters / (double)tokens, unseen);
    }
}
