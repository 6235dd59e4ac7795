using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Tokenizers;

namespace Tessera.Context.Compression;

/// <summary>
/// Shortens prompts with an encoder that says of each token whether it is worth keeping. The text is cut into chunks at sentence ends,
/// tokens are put together to words, and of each chunk the words above a percentile of its probabilities stay, in their order: nothing is
/// rephrased, nothing added. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// using var package = ModelPackage.Load("llmlingua-2-bert-base-multilingual-cased-meetingbank");
/// using var compressor = new LlmLingua2(package, new() { Rate = 0.33, ForceTokens = ["\n", "?"] });
/// Console.WriteLine(compressor.Compress(text).Text);
/// </code>
/// </example>
[Method("llmlingua-2", "LLMLingua-2: Data Distillation for Efficient and Faithful Task-Agnostic Prompt Compression", "2403.12968", 2024, MethodStage.Prompt)]
public sealed class LlmLingua2 : IDisposable
{
    private const string Wanted =
        "It takes an encoder with a head that sorts tokens into two classes, drop and keep: microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank on Hugging Face, for one (config.json, model.safetensors, tokenizer.json, tokenizer_config.json).";

    private readonly PromptText _text;
    private readonly KeepScorer _scorer;
    private readonly Tokenizer _tokenizer;
    private readonly Tokenizer _counter;

    /// <summary>Creates a compressor.</summary>
    /// <param name="package">The encoder with its tokenizer; stays the caller's.</param>
    /// <param name="options">How much stays, and what in any case; the defaults if null.</param>
    /// <param name="counter">The tokenizer by whose tokens sizes are counted: that of the model which will read the prompt. The encoder's if null.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="UnsupportedFeatureException">The model does not classify tokens in two classes, or has no tokenizer with tokens around a text.</exception>
    public LlmLingua2(ModelPackage package, LlmLingua2Options? options = null, Tokenizer? counter = null, PassOptions? passes = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        Options = options ?? new LlmLingua2Options();
        Options.Check();
        var source = package.Model.Source;
        if (package.Model is not EncoderModel { Heads.Classifier: { OfTokens: true, Labels.Count: 2 } } encoder)
            throw new UnsupportedFeatureException(source, "compressing prompts with this model", Wanted);
        _tokenizer = package.Text.Tokenizer;
        _counter = counter ?? _tokenizer;
        MaxSequence = Math.Min(Options.MaxSequence, encoder.Stack.Config.MaxTokens);
        if (MaxSequence < 3) throw new UnsupportedFeatureException(source, $"an encoder of {MaxSequence} positions", "A token needs two others around it.");
        var frame = FrameOf(_tokenizer, source);
        _text = Options.Official ? new OfficialText(_tokenizer, Options, frame, MaxSequence) : new SourceText(_tokenizer, Options, frame, MaxSequence);
        _scorer = new KeepScorer(encoder, passes);
    }

    /// <summary>The options.</summary>
    public LlmLingua2Options Options { get; }

    /// <summary>The most tokens of a chunk, the two around it included.</summary>
    public int MaxSequence { get; }

    /// <summary>Compresses one text.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="progress">Is told after each pass of the encoder.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public CompressedPrompt Compress(string text, IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default) =>
        Compress([text], progress, cancellation);

    /// <summary>Compresses several contexts, which share the target and may be dropped as a whole (<see cref="LlmLingua2Options.FilterContexts"/>).</summary>
    /// <param name="contexts">The texts.</param>
    /// <param name="progress">Is told after each pass of the encoder.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public CompressedPrompt Compress(IReadOnlyList<string> contexts, IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        var sources = new List<PromptSource>(contexts.Count);
        foreach (var context in contexts)
        {
            cancellation.ThrowIfCancellationRequested();
            sources.Add(new PromptSource(context ?? throw new ArgumentException("A context is null.", nameof(contexts)), _text.Chunks(context)));
        }

        var original = sources.Sum(s => Count(s.Context));
        var thresholds = new List<CompressionThreshold>();
        var filters = Options.FilterContexts && contexts.Count > 1;
        double[] scores = [];
        var size = original;
        if (filters)
        {
            Score(sources, progress, cancellation);
            scores = FilterContexts(sources, original, thresholds);
            size = sources.Where(static s => s.Kept).SelectMany(s => _text.Counted(s.Context, s.Chunks)).Sum(Count);
        }

        var rate = Options.TargetTokens is { } target ? size == 0 ? 1 : Math.Min((double)target / size, 1) : Options.Rate;
        var reduce = Options.FilterWords ? Math.Max(0, 1 - rate) : 0;
        if (reduce > 0 && !filters) Score(sources, progress, cancellation);
        var (kept, words) = (new List<string>(), new List<LabelledWord>());
        for (var i = 0; i < sources.Count; i++)
        {
            var (text, found) = Finish(sources[i], reduce, thresholds);
            if (sources[i].Kept) kept.Add(text);
            foreach (var word in found) words.Add(new LabelledWord(_text.Shown(word), word.Probability(Options.WordProbability), word.Kept, i, word.Start));
        }

        return new CompressedPrompt
        {
            Contexts = kept, ContextKept = [.. sources.Select(static s => s.Kept)], ContextScores = scores, Words = words, Thresholds = thresholds,
            OriginalTokens = original, CompressedTokens = kept.Sum(Count),
        };
    }

    /// <summary>The probability of each token of a text to be worth keeping, the two around each chunk included.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public IReadOnlyList<ScoredToken> Score(string text, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var chunks = _text.Chunks(text);
        _scorer.Score(chunks, Options.ChunksPerPass, null, cancellation);
        return [.. chunks.SelectMany(c => c.Ids.Zip(c.Probabilities!, (id, p) => new ScoredToken(id, _tokenizer.IdToToken(id) ?? "", p)))];
    }

    /// <summary>The chunks of a context.</summary>
    internal List<PromptChunk> Chunks(string context) => _text.Chunks(context);

    /// <summary>Frees the scratch; the model stays.</summary>
    public void Dispose() => _scorer.Dispose();

    private void Score(List<PromptSource> sources, IProgress<CompressionProgress>? progress, CancellationToken cancellation) =>
        _scorer.Score([.. sources.SelectMany(static s => s.Chunks)], Options.ChunksPerPass, progress, cancellation);

    // Contexts at or above a percentile of the contexts' scores stay.
    private double[] FilterContexts(List<PromptSource> sources, int original, List<CompressionThreshold> thresholds)
    {
        var rate = ContextRate(sources.Count, original);
        double[] scores = [.. sources.Select(s => _text.Score([.. s.Chunks.SelectMany(c => _text.Words(s.Context, c))], Options.WordProbability))];
        var threshold = CompressionThreshold.Of([.. scores], (int)(100 * (1 - rate)), Options.Official);
        thresholds.Add(threshold);
        for (var i = 0; i < sources.Count; i++) sources[i].Kept = scores[i] >= threshold.Value || Options.ForceContexts.Contains(i);
        return scores;
    }

    private double ContextRate(int contexts, int original)
    {
        var (rate, target) = (Options.ContextRate, Options.ContextTargetTokens);
        if (Options.TargetContexts is null && rate >= 1 && target is null)
        {
            if (Options.TargetTokens is { } tokens) target = (int)Math.Min(int.MaxValue, Options.FilterWords ? 2L * tokens : tokens);
            else if (Options.Rate < 1) rate = Options.FilterWords ? (Options.Rate + 1) / 2 : Options.Rate;
        }

        if (Options.TargetContexts is { } wanted) rate = Math.Min((double)wanted / contexts, 1);
        return target is { } size ? original == 0 ? 1 : Math.Min((double)size / original, 1) : rate;
    }

    private (string Text, List<PromptWord> Words) Finish(PromptSource source, double reduce, List<CompressionThreshold> thresholds)
    {
        if (source.Kept && reduce <= 0) return _text.Whole(source.Context, source.Chunks);
        var chunks = source.Chunks.ConvertAll(chunk => _text.Words(source.Context, chunk));
        if (source.Kept)
        {
            foreach (var words in chunks)
            {
                foreach (var word in words) word.Weight = Count(word.Text);
                WordSelection.Select(words, reduce, Options, thresholds);
            }
        }

        return (_text.Join(source.Context, chunks), [.. chunks.SelectMany(static w => w)]);
    }

    private int Count(string text) => _counter.CountTokens(text, EncodeOptions.NoSpecials);

    // The tokens that stand around a text: by their roles, else as the tokenizer frames an empty text.
    private static (int First, int Last) FrameOf(Tokenizer tokenizer, string source)
    {
        var roles = tokenizer.SpecialTokens;
        if ((roles.Classification ?? roles.BeginOfSequence) is { } first && (roles.Separator ?? roles.EndOfSequence) is { } last) return (first, last);
        return tokenizer.EncodeToIds("") is [var before, var behind]
            ? (before, behind)
            : throw new UnsupportedFeatureException(source, "a tokenizer that puts no two tokens around a text", "Put the encoder's tokenizer_config.json beside its tokenizer.json.");
    }

    // A context on its way.
    private sealed class PromptSource(string context, List<PromptChunk> chunks)
    {
        public string Context { get; } = context;

        public List<PromptChunk> Chunks { get; } = chunks;

        public bool Kept { get; set; } = true;
    }
}
