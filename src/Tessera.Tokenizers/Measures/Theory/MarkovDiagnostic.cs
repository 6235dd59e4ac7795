namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>
/// How much of a text's structure a tokenizer alone captures: what a model without memory over its tokens spends a character, and how well its
/// vocabulary covers frequent strings (β). The paper shows that on Markov sources such a model comes close to the entropy rate with tokens,
/// and never without: L ≤ H / (β − log(1/δ) / log d), to first order.
/// </summary>
[Method("theory-of-tokenization", "Toward a Theory of Tokenization in LLMs", "2404.08335", 2024, MethodStage.Tokenizer)]
public static class MarkovDiagnostic
{
    /// <summary>Measures a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="training">The text that probabilities are counted on.</param>
    /// <param name="test">Another text; a vocabulary that memorised one looks perfect on it.</param>
    /// <exception cref="ArgumentException">The test text is empty, or the vocabulary has fewer than two entries.</exception>
    public static MarkovDiagnosis Measure(Tokenizer tokenizer, string training, string test)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentException.ThrowIfNullOrEmpty(test);
        var trained = TextSweep.Measure(tokenizer, [training]);
        var tested = TextSweep.Measure(tokenizer, [test]);
        var words = Pieces(tokenizer, test);
        var known = Composition.VocabularyEntry.Of(tokenizer).Where(static e => e.Text is { Length: > 0 }).Select(static e => e.Text!).ToHashSet(StringComparer.Ordinal);
        // What stands at the start of a word is a token with its blank; within text both are looked for.
        return new MarkovDiagnosis
        {
            Size = tokenizer.VocabularySize,
            Loss = UnigramLoss.Of(trained.Counts, tested.Counts, tested.Characters),
            Missing = MissingSubstring.Find(test, known.Contains),
            MissingInPieces = MissingSubstring.Find(test, known.Contains, (start, length) => words[start] == words[start + length - 1] && words[start] >= 0),
        };
    }

    /// <summary>For each character the number of the piece that it was cut into before the model saw it; −1 where none has it.</summary>
    private static int[] Pieces(Tokenizer tokenizer, string text)
    {
        var pieces = new int[text.Length];
        pieces.AsSpan().Fill(-1);
        var encoding = tokenizer.Encode(text, null, EncodeOptions.PlainText);
        for (var i = 0; i < encoding.Ids.Length; i++)
        {
            var (start, end) = encoding.Offsets[i];
            if (encoding.WordIds[i] is { } word && end > start) pieces.AsSpan(start, end - start).Fill(word);
        }

        return pieces;
    }
}
