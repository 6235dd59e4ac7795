using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Trains a byte-level BPE: text is cut by a pattern, words are counted as bytes, and the most frequent adjacent pair is merged until the
/// vocabulary is full. The same texts give the same tokens and ids as tokenizers (Hugging Face) with the 256 bytes as initial alphabet.
/// Memory grows with the number of distinct words, not with the text.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts; read once, in order. Words never span two of them.</param>
    /// <param name="options">What to train.</param>
    /// <param name="progress">Told now and then how far training is; null for nobody.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A tokenizer that decodes what it encodes; <see cref="TokenizerJsonWriter"/> and <see cref="Tokenizer.ToGgufVocabulary"/> save it.</returns>
    /// <exception cref="ArgumentException">The vocabulary is too small for the bytes and the special tokens, or a special token is empty or stands there twice.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, BpeTrainerOptions options, IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        var specials = SpecialsOf(options);
        if (options.VocabularySize < 256 + specials.Count || options.VocabularySize > InputLimits.Default.MaxVocabulary)
            throw new ArgumentException($"A vocabulary of {options.VocabularySize} does not hold 256 bytes and {specials.Count} special tokens, or is too large.", nameof(options));
        if (options.MaxTokenLength is < 2) throw new ArgumentException("Tokens shorter than two bytes cannot be merged.", nameof(options));

        var preTokenizer = ComponentJson.Splits(PatternsOf(options.Pattern));
        var normalizer = options.Pattern == SplitPattern.Qwen2 ? """{"type":"NFC"}""" : ComponentJson.Null;
        long read = 0;
        var words = CountWords(texts, Parse(normalizer, NormalizerJson.Read), Parse(preTokenizer, PreTokenizerJson.Read), cancellationToken, count => progress?.Report(new BpeTrainingProgress(read = count, 0, 0, options.VocabularySize)));
        var training = new MergeTraining(words, new MergeSettings
        {
            VocabularySize = options.VocabularySize,
            MinFrequency = options.MinFrequency,
            MaxTokenLength = options.MaxTokenLength ?? int.MaxValue,
            SpecialTokens = specials,
            InitialAlphabet = [.. Enumerable.Range(0, 256).Select(static b => ByteAlphabet.CharacterOf((byte)b))],
        });
        training.Run((tokens, merges) => progress?.Report(new BpeTrainingProgress(read, merges, tokens, options.VocabularySize)), cancellationToken);
        progress?.Report(new BpeTrainingProgress(read, training.Merges.Count(), training.Tokens.Count, options.VocabularySize));
        return Build(training, specials, options, normalizer, preTokenizer);
    }

    /// <summary>Counts the pieces of texts.</summary>
    internal static WordCounter CountWords(IEnumerable<string> texts, Normalizer? normalizer, PreTokenizer? preTokenizer, CancellationToken cancellationToken, Action<long>? read = null)
    {
        var words = new WordCounter();
        var (source, normalized, state) = (new TextBuffer(), new TextBuffer(), new PreTokenization());
        var utf8 = Array.Empty<byte>();
        long count = 0;
        foreach (var text in texts)
        {
            ArgumentNullException.ThrowIfNull(text);
            cancellationToken.ThrowIfCancellationRequested();
            if (utf8.Length < 3L * text.Length) utf8 = new byte[checked(3 * text.Length)];
            source.View(utf8, 0, Utf8Text.FromUtf16(text, utf8), tracked: false);
            var current = normalizer is not null && normalizer.Apply(source, normalized) ? normalized : source;
            if (current.Length > 0)
            {
                state.Start(current, 0, current.Length, startsSource: true);
                preTokenizer?.Apply(state);
                var bytes = state.Text.Span;
                for (var i = 0; i < state.Pieces.Count; i++) words.Add(bytes[state.Pieces[i].Start..state.Pieces[i].End]);
            }

            if (++count % 256 == 0) read?.Invoke(count);
        }

        read?.Invoke(count);
        return words;
    }

    private static Tokenizer Build(MergeTraining training, List<string> specials, BpeTrainerOptions options, string normalizer, string preTokenizer)
    {
        var vocabulary = Vocabulary.Of([.. training.Tokens.Select(static (t, i) => (Encoding.UTF8.GetBytes(t), i))]);
        var merges = training.Merges.Select(static (m, rank) => new Merge(m.Left, m.Right, rank, m.Result)).ToArray();
        int? Id(string? token) => token is null ? null : specials.IndexOf(token); // specials have the first ids
        (string, int)? Framed(bool wanted, string? token) => wanted && token is not null ? (token, specials.IndexOf(token)) : null;
        var (before, behind) = (Framed(options.AddBeginOfSequence, options.BeginOfSequence), Framed(options.AddEndOfSequence, options.EndOfSequence));
        var frame = before is null && behind is null ? ComponentJson.Null : ComponentJson.Frame(before, behind);
        var json = $$"""{"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},"post_processor":{{frame}},"decoder":{{ComponentJson.ByteLevelDecoder}}}""";
        using var document = JsonDocument.Parse(json);
        var parts = TokenizerJsonReader.Parts(new JsonPart(document.RootElement, "$", "trained tokenizer"), canRunOnBytes: true, onBytes => new BpeModel(vocabulary, merges, new BpeOptions { OnBytes = onBytes }));
        var roles = new SpecialTokens { BeginOfSequence = Id(options.BeginOfSequence), EndOfSequence = Id(options.EndOfSequence), Padding = Id(options.Padding) };
        return new Tokenizer(parts with
        {
            AddedTokens = [.. specials.Select(static (content, id) => new AddedToken(id, content) { Special = true })],
            SpecialTokens = roles with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(roles, name => specials.IndexOf(name) is >= 0 and var id ? id : null) },
        });
    }

    private static List<string> SpecialsOf(BpeTrainerOptions options)
    {
        var specials = options.SpecialTokens.ToList();
        foreach (var role in (ReadOnlySpan<string?>)[options.BeginOfSequence, options.EndOfSequence, options.Padding])
        {
            if (role is not null && !specials.Contains(role)) specials.Add(role);
        }

        if (specials.Any(string.IsNullOrEmpty) || specials.Distinct(StringComparer.Ordinal).Count() != specials.Count)
            throw new ArgumentException("A special token is empty or stands there twice.", nameof(options));
        return specials;
    }

    private static string[] PatternsOf(SplitPattern pattern) => pattern switch
    {
        SplitPattern.Gpt2 => [KnownPatterns.Gpt2],
        SplitPattern.DigitsThenGpt2 => [@"\p{N}", KnownPatterns.Gpt2],
        SplitPattern.Cl100k => [KnownPatterns.Cl100k],
        SplitPattern.Qwen2 => [KnownPatterns.Qwen2],
        SplitPattern.O200k => [KnownPatterns.O200k],
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "No such pattern."),
    };

    private static T? Parse<T>(string json, Func<JsonPart, T?> read) where T : class
    {
        using var document = JsonDocument.Parse(json);
        return read(new JsonPart(document.RootElement, "$", "trained tokenizer"));
    }
}
