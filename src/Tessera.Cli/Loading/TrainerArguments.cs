using System.CommandLine;
using Tessera.Tokenizers.Domain;
using Tessera.Tokenizers.Morphology;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Training;
using Tessera.Tokenizers.Training.Supertokens;

namespace Tessera.Cli.Loading;

/// <summary>How a command names a trainer of tokenizers and its settings.</summary>
internal sealed class TrainerArguments
{
    private static readonly string[] s_types = ["bpe", "wordpiece", "wordlevel", "unigram", "sentencepiece-bpe", "sentencepiece-unigram", "sentencepiece-word", "sentencepiece-char", "lib", "kl3m", "supertokens", "morpheme-bpe"];

    private readonly Option<string> _type = new("--type") { Description = $"The kind: {string.Join(", ", s_types)}.", HelpName = "TYPE", DefaultValueFactory = static _ => "bpe" };
    private readonly Option<int?> _size = new("--vocabulary-size", "-v") { Description = "The number of tokens, special ones included. Default 30,000; 8,000 for unigram and SentencePiece's.", HelpName = "N" };
    private readonly Option<string?> _preTokenizer = new("--pre-tokenizer") { Description = "How text is cut into words; default gpt2 for bpe, bert for wordpiece, whitespace for wordlevel, metaspace for unigram.", HelpName = "NAME" };
    private readonly Option<string[]> _special = new("--special") { Description = "A special token; may be given several times. They get the first ids.", HelpName = "TOKEN" };
    private readonly Option<string?> _unknown = new("--unknown") { Description = "The special token for text that the vocabulary cannot spell.", HelpName = "TOKEN" };
    private readonly Option<string?> _begin = new("--begin") { Description = "The special token that begins a sequence, put before every text.", HelpName = "TOKEN" };
    private readonly Option<string?> _end = new("--end") { Description = "The special token that ends a sequence, put behind every text.", HelpName = "TOKEN" };
    private readonly Option<long> _minFrequency = new("--min-frequency") { Description = "How often a pair (bpe, wordpiece, kl3m, supertokens, morpheme-bpe) or a word (wordlevel) has to occur.", HelpName = "N" };
    private readonly Option<int?> _maxLength = new("--max-token-length") { Description = "The most characters of a token (bpe: exclusive, and bytes with a pipeline of bytes; others: inclusive).", HelpName = "N" };
    private readonly Option<int?> _limitAlphabet = new("--limit-alphabet") { Description = "The most characters that become tokens (bpe, wordpiece).", HelpName = "N" };
    private readonly Option<string?> _alphabet = new("--initial-alphabet") { Description = "Characters that are tokens whether they occur or not, one behind the other (bpe, wordpiece, unigram); bpe on bytes has these in place of all bytes.", HelpName = "CHARACTERS" };
    private readonly Option<string?> _prefix = new("--continuing-prefix") { Description = "Stands before tokens inside a word (bpe: nothing unless given; wordpiece: ##).", HelpName = "TEXT" };
    private readonly Option<string?> _suffix = new("--end-suffix") { Description = "Stands behind the last token of a word, such as </w> (bpe).", HelpName = "TEXT" };
    private readonly Option<double> _coverage = new("--character-coverage") { Description = "The share of the text whose characters become pieces (SentencePiece's).", HelpName = "P", DefaultValueFactory = static _ => 0.9995 };
    private readonly Option<bool> _byteFallback = new("--byte-fallback") { Description = "Unknown characters become pieces of their bytes (SentencePiece's)." };
    private readonly Option<int> _epochs = new("--epochs") { Description = "How many documents are read (lib).", HelpName = "N", DefaultValueFactory = static _ => 1_500 };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Names the random choices (lib, supertokens).", HelpName = "N" };
    private readonly Option<bool> _removeBlanks = new("--remove-blanks") { Description = "Takes blanks out of the texts (lib)." };
    private readonly DomainTrainerArguments _domain = new();
    private readonly Option<int?> _threads = new("--threads") { Description = "How many threads count; all cores unless given.", HelpName = "N" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_type, _size, _preTokenizer, _special, _unknown, _begin, _end, _minFrequency, _maxLength, _limitAlphabet, _alphabet, _prefix, _suffix, _coverage, _byteFallback, _epochs, _seed, _removeBlanks, _threads]) command.Add(option);
        _domain.AddTo(command);
    }

    /// <summary>The kind as it was named.</summary>
    public string TypeOf(ParseResult result) => result.GetRequiredValue(_type);

    /// <summary>Makes the trainer.</summary>
    /// <exception cref="UsageException">An option makes no sense, or none with this kind.</exception>
    public TokenizerTrainer Create(ParseResult result)
    {
        var type = TypeOf(result);
        if (!s_types.Contains(type)) throw new UsageException($"There is no --type {type}; there are {string.Join(", ", s_types)}.");
        var isSentencePiece = type.StartsWith("sentencepiece", StringComparison.Ordinal);
        Refuse(result, type, type is "bpe" or "wordpiece" or "wordlevel" or "kl3m" or "supertokens" or "morpheme-bpe", _minFrequency);
        Refuse(result, type, type is "bpe" or "wordpiece", _limitAlphabet, _prefix);
        Refuse(result, type, type is "bpe" or "wordpiece" or "unigram", _alphabet);
        Refuse(result, type, type == "bpe", _suffix);
        Refuse(result, type, type is not ("wordpiece" or "wordlevel" or "sentencepiece-word" or "sentencepiece-char"), _maxLength);
        Refuse(result, type, type is not ("lib" or "kl3m" or "supertokens") && !isSentencePiece, _preTokenizer);
        Refuse(result, type, isSentencePiece, _coverage, _byteFallback);
        Refuse(result, type, type == "lib", _epochs, _removeBlanks);
        Refuse(result, type, type is "lib" or "supertokens", _seed);
        Refuse(result, type, type is not ("lib" or "kl3m"), _unknown, _begin, _end);
        Refuse(result, type, type != "lib", _special, _threads);
        Refuse(result, type, type == "kl3m", _domain.OfDomains);
        Refuse(result, type, type == "morpheme-bpe", _domain.OfMorphemes);
        return UsageException.Guard<TokenizerTrainer>(() => type switch
        {
            "bpe" => new BpeTrainer(Shared(result, new BpeTrainerOptions
            {
                Pipeline = Pipeline(result, "gpt2"), MinFrequency = result.GetValue(_minFrequency), MaxTokenLength = result.GetValue(_maxLength), LimitAlphabet = result.GetValue(_limitAlphabet),
                InitialAlphabet = Alphabet(result), ContinuingPrefix = result.GetValue(_prefix) ?? "", EndSuffix = result.GetValue(_suffix) ?? "",
            })),
            "wordpiece" => new WordPieceTrainer(Shared(result, new WordPieceTrainerOptions
            {
                Pipeline = Pipeline(result, "bert"), MinFrequency = result.GetValue(_minFrequency), LimitAlphabet = result.GetValue(_limitAlphabet),
                InitialAlphabet = Alphabet(result) ?? [], ContinuingPrefix = result.GetValue(_prefix) ?? "##",
            })),
            "wordlevel" => new WordLevelTrainer(Shared(result, new WordLevelTrainerOptions { Pipeline = Pipeline(result, "whitespace"), MinFrequency = result.GetValue(_minFrequency) })),
            "unigram" => new UnigramTrainer(Shared(result, new UnigramTrainerOptions
            {
                Pipeline = Pipeline(result, "metaspace"), MaxPieceLength = result.GetValue(_maxLength) ?? 16, InitialAlphabet = Alphabet(result) ?? [],
            })),
            "lib" => new LessIsBetterTrainer(new LessIsBetterOptions
            {
                VocabularySize = result.GetValue(_size) ?? 30_000, Epochs = result.GetValue(_epochs), Seed = result.GetValue(_seed), MaxLength = result.GetValue(_maxLength) ?? 12, RemoveBlanks = result.GetValue(_removeBlanks),
            }),
            "kl3m" => new DomainTrainer(Domain(result)),
            "supertokens" => new SupertokenTrainer(
                Shared(result, new BpeTrainerOptions { MinFrequency = result.GetValue(_minFrequency), MaxTokenLength = result.GetValue(_maxLength) }), new StochasticChunker(seed: result.GetValue(_seed))),
            "morpheme-bpe" => new MorphemeTrainer(
                Shared(result, new BpeTrainerOptions { Pipeline = Pipeline(result, "gpt2"), MinFrequency = result.GetValue(_minFrequency), MaxTokenLength = result.GetValue(_maxLength) }), _domain.Analyser(result)),
            _ => new SentencePieceTrainer(Shared(result, new SentencePieceTrainerOptions
            {
                Algorithm = type switch
                {
                    "sentencepiece-bpe" => SentencePieceAlgorithm.Bpe,
                    "sentencepiece-word" => SentencePieceAlgorithm.Word,
                    "sentencepiece-char" => SentencePieceAlgorithm.Character,
                    _ => SentencePieceAlgorithm.Unigram,
                },
                CharacterCoverage = result.GetValue(_coverage), ByteFallback = result.GetValue(_byteFallback), MaxPieceLength = result.GetValue(_maxLength) ?? 16,
            })),
        });
    }

    private string[]? Alphabet(ParseResult result) => result.GetValue(_alphabet) is { } characters ? [.. characters.EnumerateRunes().Select(static r => r.ToString())] : null;

    private DomainTrainerOptions Domain(ParseResult result)
    {
        var options = new DomainTrainerOptions();
        return _domain.Domain(result, options with
        {
            VocabularySize = result.GetValue(_size) ?? options.VocabularySize,
            SpecialTokens = result.GetValue(_special) is { Length: > 0 } special ? special : options.SpecialTokens,
            MinFrequency = result.GetResult(_minFrequency) is { Implicit: false } ? result.GetValue(_minFrequency) : options.MinFrequency,
            MaxTokenLength = result.GetValue(_maxLength),
            Threads = result.GetValue(_threads),
        });
    }

    private T Shared<T>(ParseResult result, T options)
        where T : TokenizerTrainerOptions
    {
        var (special, begin, end) = (result.GetValue(_special) ?? [], result.GetValue(_begin), result.GetValue(_end));
        return options with
        {
            VocabularySize = result.GetValue(_size) ?? options.VocabularySize,
            SpecialTokens = special.Length > 0 ? special : options.SpecialTokens,
            Unknown = result.GetValue(_unknown) ?? options.Unknown,
            BeginOfSequence = begin ?? options.BeginOfSequence,
            EndOfSequence = end ?? options.EndOfSequence,
            AddBeginOfSequence = begin is not null,
            AddEndOfSequence = end is not null,
            Threads = result.GetValue(_threads),
        };
    }

    private TrainingPipeline Pipeline(ParseResult result, string otherwise) => (result.GetValue(_preTokenizer) ?? otherwise) switch
    {
        "gpt2" => TrainingPipeline.ByteLevel(SplitPattern.Gpt2),
        "digits-gpt2" => TrainingPipeline.ByteLevel(SplitPattern.DigitsThenGpt2),
        "cl100k" => TrainingPipeline.ByteLevel(SplitPattern.Cl100k),
        "qwen2" => TrainingPipeline.ByteLevel(SplitPattern.Qwen2),
        "o200k" => TrainingPipeline.ByteLevel(SplitPattern.O200k),
        "whitespace" => TrainingPipeline.Whitespace,
        "whitespace-split" => TrainingPipeline.WhitespaceSplit,
        "bert" => TrainingPipeline.Bert(),
        "bert-cased" => TrainingPipeline.Bert(lowercase: false),
        "metaspace" => TrainingPipeline.Metaspace,
        "none" => TrainingPipeline.None,
        var name => throw new UsageException($"There is no --pre-tokenizer {name}; there are gpt2, digits-gpt2, cl100k, qwen2, o200k, whitespace, whitespace-split, bert, bert-cased, metaspace, none."),
    };

    private static void Refuse(ParseResult result, string type, bool makesSense, params ReadOnlySpan<Option> options)
    {
        if (makesSense) return;
        foreach (var option in options)
        {
            if (result.GetResult(option) is { Implicit: false }) throw new UsageException($"{option.Name} says nothing to --type {type}. See: tessera tokenizer train --help");
        }
    }
}
