using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Makes a tokenizer out of texts. Texts are read once and in order, and no token ever spans two of them. The result is a function of the
/// texts and the options alone: the number of threads changes nothing.
/// </summary>
public abstract class TokenizerTrainer
{
    private protected TokenizerTrainer()
    {
    }

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts; a lone surrogate counts as U+FFFD.</param>
    /// <param name="progress">Told now and then how far training is, by one thread at a time; null for nobody.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The tokenizer; <see cref="TokenizerJsonWriter"/> saves it.</returns>
    /// <exception cref="ArgumentException">The options contradict the texts: the vocabulary does not hold what it has to, or there is no text.</exception>
    /// <exception cref="ResourceLimitException">There are more distinct words than the options allow.</exception>
    public Tokenizer Train(IEnumerable<string> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Train(TrainingTexts.Of(texts), progress, cancellationToken);
    }

    /// <summary>Trains a tokenizer.</summary>
    /// <param name="texts">The texts in UTF-8, such as <see cref="TrainingTexts"/> reads; each is looked at only until the next one is asked for. What is no UTF-8 counts as U+FFFD.</param>
    /// <param name="progress">Told now and then how far training is, by one thread at a time; null for nobody.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The tokenizer; <see cref="TokenizerJsonWriter"/> saves it.</returns>
    /// <exception cref="ArgumentException">The options contradict the texts: the vocabulary does not hold what it has to, or there is no text.</exception>
    /// <exception cref="ResourceLimitException">There are more distinct words than the options allow.</exception>
    public abstract Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Puts a model and what stands around it together.</summary>
    /// <param name="options">Which special tokens have a role.</param>
    /// <param name="specials">The special tokens in the order of their ids, from 0.</param>
    /// <param name="pipeline">What happens before the model and behind it.</param>
    /// <param name="decoder">The decoder as tokenizer.json writes it, where the pipeline has none.</param>
    /// <param name="canRunOnBytes">Whether the model can work on bytes.</param>
    /// <param name="model">Makes the model; told whether pieces come as bytes.</param>
    internal static Tokenizer Assemble(
        TokenizerTrainerOptions options, List<string> specials, TrainingPipeline pipeline, string decoder, bool canRunOnBytes, Func<bool, TokenModel> model)
    {
        int? Id(string? token) => token is null ? null : specials.IndexOf(token);
        (string, int)? Framed(bool wanted, string? token) => wanted && token is not null ? (token, specials.IndexOf(token)) : null;
        var (before, behind) = (Framed(options.AddBeginOfSequence, options.BeginOfSequence), Framed(options.AddEndOfSequence, options.EndOfSequence));
        var frame = before is null && behind is null ? ComponentJson.Null : ComponentJson.Frame(before, behind);
        var json = $$"""{"normalizer":{{pipeline.Normalizer}},"pre_tokenizer":{{pipeline.PreTokenizer}},"post_processor":{{frame}},"decoder":{{(pipeline.Decoder == ComponentJson.Null ? decoder : pipeline.Decoder)}}}""";
        var parts = TokenizerJsonReader.Parts(JsonPart.Parse(json, "trained tokenizer"), canRunOnBytes, model);
        var roles = new SpecialTokens { Unknown = Id(options.Unknown), BeginOfSequence = Id(options.BeginOfSequence), EndOfSequence = Id(options.EndOfSequence), Padding = Id(options.Padding) };
        return new Tokenizer(parts with
        {
            AddedTokens = [.. specials.Select(static (content, id) => new AddedToken(id, content) { Special = true })],
            SpecialTokens = roles with { EndOfGeneration = SpecialTokenNames.EndOfGeneration(roles, name => specials.IndexOf(name) is >= 0 and var id ? id : null) },
        });
    }
}
