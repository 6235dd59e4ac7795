namespace Tessera.Tokenizers.Measures;

/// <summary>
/// What a tokenizer makes of texts: plain counts of one sweep, and the rates that follow from them. Measures of several texts are added up
/// (<see cref="Sum"/>), so that every rate is that of the whole.
/// </summary>
public sealed record TextMeasures
{
    /// <summary>The order of the entropy that <see cref="RenyiEfficiency"/> takes by default; the paper's best.</summary>
    public const double RenyiOrder = 2.5;

    /// <summary>Bytes of the texts in UTF-8.</summary>
    public required long Bytes { get; init; }

    /// <summary>Characters (Unicode scalars).</summary>
    public required long Characters { get; init; }

    /// <summary>Words: what white space separates. Languages that write none have few and long ones; compare them by characters.</summary>
    public required long Words { get; init; }

    /// <summary>Tokens, without any that were put in around a text.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens that stand for text which the vocabulary cannot express.</summary>
    public required long UnknownTokens { get; init; }

    /// <summary>Words that two or more tokens have a part in.</summary>
    public required long ContinuedWords { get; init; }

    /// <summary>How often each id occurred; one entry for each id of the vocabulary.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Fertility: tokens a word (Rust et al., "How Good is Your Tokenizer?", arXiv 2012.15613). NaN without words.</summary>
    public double Fertility => Ratio(Tokens, Words);

    /// <summary>Characters a token. NaN without tokens.</summary>
    public double CharactersPerToken => Ratio(Characters, Tokens);

    /// <summary>Bytes a token. NaN without tokens.</summary>
    public double BytesPerToken => Ratio(Bytes, Tokens);

    /// <summary>Tokens a character. NaN without characters.</summary>
    public double TokensPerCharacter => Ratio(Tokens, Characters);

    /// <summary>The share of words that were cut, from 0 to 1. NaN without words.</summary>
    public double ContinuedWordShare => Ratio(ContinuedWords, Words);

    /// <summary>The share of tokens that are unknown, from 0 to 1. NaN without tokens.</summary>
    public double UnknownRate => Ratio(UnknownTokens, Tokens);

    /// <summary>Different ids that occurred.</summary>
    public int DistinctTokens => Counts.Count(static c => c > 0);

    /// <summary>Entropy of the ids' distribution, in nats. NaN without tokens.</summary>
    public double Entropy => -Counts.Where(static c => c > 0).Sum(c => c / (double)Tokens * Math.Log(c / (double)Tokens)) + (Tokens == 0 ? double.NaN : 0);

    /// <summary>Bits a character that the best model without memory spends on these tokens: what the tokenizer leaves to a model that sees no context.</summary>
    public double UnigramBitsPerCharacter => Entropy / Math.Log(2) * TokensPerCharacter;

    /// <summary>
    /// Rényi efficiency: the entropy of an order of the ids' distribution over its largest possible value, log |V|
    /// (Zouhar et al., "Tokenization and the Noiseless Channel", arXiv 2306.16842). From 0 to 1; NaN without tokens or with a vocabulary of one.
    /// </summary>
    /// <param name="order">The order α, not negative; 1 is Shannon's entropy. Default 2.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative, infinite or NaN.</exception>
    public double RenyiEfficiency(double order = RenyiOrder)
    {
        if (!(order >= 0) || double.IsInfinity(order)) throw new ArgumentOutOfRangeException(nameof(order), order, "An order is a finite number from 0.");
        if (Tokens == 0 || Counts.Count < 2) return double.NaN;
        if (order == 1) return Entropy / Math.Log(Counts.Count);
        var power = Counts.Where(static c => c > 0).Sum(c => Math.Pow(c / (double)Tokens, order));
        return Math.Log(power) / (1 - order) / Math.Log(Counts.Count);
    }

    /// <summary>Measures of one tokenizer on several texts as those of all together.</summary>
    /// <param name="measures">The measures, at least one.</param>
    /// <exception cref="ArgumentException">There are none, or they are of vocabularies of different sizes.</exception>
    public static TextMeasures Sum(IReadOnlyList<TextMeasures> measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        if (measures.Count == 0) throw new ArgumentException("There are no measures to add.", nameof(measures));
        var counts = new long[measures[0].Counts.Count];
        foreach (var one in measures)
        {
            if (one.Counts.Count != counts.Length) throw new ArgumentException("The measures are of different vocabularies.", nameof(measures));
            for (var id = 0; id < counts.Length; id++) counts[id] += one.Counts[id];
        }

        return new TextMeasures
        {
            Bytes = measures.Sum(static m => m.Bytes),
            Characters = measures.Sum(static m => m.Characters),
            Words = measures.Sum(static m => m.Words),
            Tokens = measures.Sum(static m => m.Tokens),
            UnknownTokens = measures.Sum(static m => m.UnknownTokens),
            ContinuedWords = measures.Sum(static m => m.ContinuedWords),
            Counts = counts,
        };
    }

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : part / (double)whole;
}
