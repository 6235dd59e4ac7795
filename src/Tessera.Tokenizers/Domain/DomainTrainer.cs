using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Domain;

/// <summary>
/// Trains a byte-level BPE for a domain: hand-picked tokens (markup, years, enumerators, own terms) beside what is learnt, a vocabulary filled up
/// to a power of two; with short tokens only, one for the correction of characters, which cuts noisy and clean text alike.
/// </summary>
[Method("kl3m", "KL3M Tokenizers: A Family of Domain-Specific and Character-Level Tokenizers for Legal, Financial, and Preprocessing Applications", "2503.17247", 2025, MethodStage.Tokenizer)]
public sealed class DomainTrainer : TokenizerTrainer
{
    private const int Bytes = 256;

    private readonly DomainTrainerOptions _options;
    private readonly IReadOnlyList<string> _custom;
    private readonly BpeTrainer _trainer;

    /// <summary>Prepares a training.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">The vocabulary does not hold the special and hand-picked tokens and the bytes, a hand-picked token is a special one, or a number is out of range.</exception>
    public DomainTrainer(DomainTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _custom = CustomTokens.Build(options.Groups, options.Terms, options.Lowercase);
        if (_custom.FirstOrDefault(options.SpecialTokens.Contains) is { } both) throw new ArgumentException($"'{both}' is a special and a hand-picked token.", nameof(options));
        var learnt = options.VocabularySize - _custom.Count;
        if (learnt < options.SpecialTokens.Count + (options.InitialAlphabet?.Count ?? Bytes))
            throw new ArgumentException($"A vocabulary of {options.VocabularySize:N0} does not hold {options.SpecialTokens.Count:N0} special tokens, {_custom.Count:N0} hand-picked ones and {Bytes} bytes.", nameof(options));
        if (options.MaxTokenLength is < 1) throw new ArgumentException("Tokens have at least one character.", nameof(options));
        var normalizer = options.Lowercase ? ComponentJson.Normalizers("""{"type":"NFKC"}""", """{"type":"Lowercase"}""") : """{"type":"NFKC"}""";
        _trainer = new BpeTrainer(new BpeTrainerOptions
        {
            VocabularySize = learnt,
            SpecialTokens = options.SpecialTokens,
            Pipeline = TrainingPipeline.FromJson(normalizer, ComponentJson.Splits(Text.Patterns.KnownPatterns.Gpt2), ComponentJson.ByteLevelDecoder),
            MinFrequency = options.MinFrequency,
            MaxTokenLength = options.MaxTokenLength + 1, // exclusive
            CountsCharacters = !options.LengthInBytes,
            InitialAlphabet = options.InitialAlphabet,
            Padding = Role("pad"),
            BeginOfSequence = Role("start"),
            EndOfSequence = Role("end"),
            Threads = options.Threads,
        });
    }

    /// <summary>The hand-picked tokens, in order.</summary>
    public IReadOnlyList<string> HandPicked => _custom;

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var learnt = _trainer.Train(texts, progress, cancellationToken);
        var added = learnt.AddedTokens.ToList();
        var size = learnt.VocabularySize;
        // A fixed token that was learnt as well keeps the id that it has.
        void Add(string content, bool singleWord) => added.Add(new AddedToken(learnt.TokenToId(content) ?? size++, content) { Normalized = true, SingleWord = singleWord });
        foreach (var token in _custom) Add(token, _options.SingleWord);
        if (_options.Pad)
        {
            var taken = added.Select(static t => t.Content).ToHashSet(StringComparer.Ordinal);
            foreach (var filler in CustomTokens.Fillers(size, t => taken.Contains(t) || learnt.TokenToId(t) is not null, _options.PadWithWhitespace)) Add(filler, singleWord: false);
        }

        return new Tokenizer(learnt.Parts with { AddedTokens = added });
    }

    private string? Role(string name) => _options.SpecialTokens.FirstOrDefault(t => t == $"<|{name}|>");
}
