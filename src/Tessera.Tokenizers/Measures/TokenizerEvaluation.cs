using Tessera.Tokenizers.Measures.Composition;
using Tessera.Tokenizers.Measures.Lexical;
using Tessera.Tokenizers.Measures.Theory;

namespace Tessera.Tokenizers.Measures;

/// <summary>Everything that is measured of one tokenizer on some texts.</summary>
public sealed record TokenizerEvaluation
{
    private const int TheoryCharacters = 1 << 20; // of either half of the text; enough to tell, and strings of it can be held

    /// <summary>What reports call the tokenizer.</summary>
    public required string Name { get; init; }

    /// <summary>The number of ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>What the vocabulary is made of.</summary>
    public required VocabularyComposition Composition { get; init; }

    /// <summary>Why there are no measures: the tokenizer cannot express a text. Null where there are.</summary>
    public string? Error { get; init; }

    /// <summary>The measures of each of the texts, in their order; empty with an <see cref="Error"/>.</summary>
    public IReadOnlyList<TextMeasures> Texts { get; init; } = [];

    /// <summary>The measures of all texts together; null with an <see cref="Error"/> or without texts.</summary>
    public TextMeasures? Total { get; init; }

    /// <summary>How languages fare beside the reference; null where none was named.</summary>
    public LanguageParity? Parity { get; init; }

    /// <summary>Tokens that are words; null without a lexicon.</summary>
    public LexicalShares? Lexical { get; init; }

    /// <summary>The share of cuts that stay where the text is corrupted, from 0 to 1; null where it was not asked for.</summary>
    public double? Stability { get; init; }

    /// <summary>The diagnostic of the theory of tokenization; null where it was not asked for.</summary>
    public MarkovDiagnosis? Theory { get; init; }

    /// <summary>Measures a tokenizer; each text is encoded once for all that is counted.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The texts; none for the vocabulary alone.</param>
    /// <param name="options">What else to measure; null for nothing.</param>
    /// <param name="progress">Told how many characters have been measured; null for nobody.</param>
    /// <param name="cancellationToken">Seen between texts.</param>
    /// <exception cref="ArgumentException">The reference language is not among the texts, or an option is out of range.</exception>
    public static TokenizerEvaluation Measure(
        string name, Tokenizer tokenizer, IReadOnlyList<EvaluationText> texts, EvaluationOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new EvaluationOptions();
        if (options.ReferenceLanguage is { } reference && texts.All(t => t.Name != reference)) throw new ArgumentException($"There is no text in the reference language '{reference}'.", nameof(options));
        var evaluation = new TokenizerEvaluation { Name = name, VocabularySize = tokenizer.VocabularySize, Composition = new VocabularyClassifier(options.Compatible).Describe(name, tokenizer) };
        if (texts.Count == 0) return evaluation;
        try
        {
            return evaluation.Sweep(tokenizer, texts, options, progress, cancellationToken);
        }
        catch (TesseraException e) // one tokenizer that cannot do it leaves the others alone
        {
            return evaluation with { Error = e.Message };
        }
    }

    private TokenizerEvaluation Sweep(Tokenizer tokenizer, IReadOnlyList<EvaluationText> texts, EvaluationOptions options, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var measures = new List<TextMeasures>();
        long done = 0;
        foreach (var group in texts)
        {
            var sweep = new TextSweep(tokenizer);
            foreach (var text in group.Texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sweep.Add(text);
                progress?.Report(done += text.Length);
            }

            measures.Add(sweep.Finish());
        }

        var total = TextMeasures.Sum(measures);
        var whole = texts.SelectMany(static t => t.Texts);
        return this with
        {
            Texts = measures,
            Total = total,
            Parity = options.ReferenceLanguage is { } reference ? LanguageParity.Of([.. texts.Zip(measures, static (t, m) => (t.Name, m))], reference) : null,
            Lexical = options.Lexicon is { } lexicon && total.Tokens > 0 ? new LexicalIntegrity(lexicon).Measure(tokenizer, total) : null,
            Stability = options.Noise > 0 ? BoundaryStability.Measure(tokenizer, whole, options.Noise, options.Seed, cancellationToken) : null,
            Theory = options.Theory ? Diagnose(tokenizer, string.Join('\n', whole)) : null,
        };
    }

    /// <summary>The first half of the text teaches, the second is the test.</summary>
    private static MarkovDiagnosis? Diagnose(Tokenizer tokenizer, string text)
    {
        var half = Math.Min(text.Length / 2, TheoryCharacters);
        if (half > 0 && char.IsLowSurrogate(text[half])) half--;
        var end = Math.Min(text.Length, half + TheoryCharacters);
        if (end < text.Length && char.IsLowSurrogate(text[end])) end--;
        return end - half < 2 ? null : MarkovDiagnostic.Measure(tokenizer, text[..half], text[half..end]);
    }
}
