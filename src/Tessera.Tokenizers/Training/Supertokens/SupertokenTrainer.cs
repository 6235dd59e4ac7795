using System.Text;
using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Training.Supertokens;

/// <summary>
/// Trains a BPE with tokens of several words: merges are learnt within chunks of random length in place of words, and the tokenizer that comes
/// out cuts nothing before its merges.
/// </summary>
public sealed class SupertokenTrainer : TokenizerTrainer
{
    /// <summary>The most bytes of a token, as in the paper's example.</summary>
    public const int LongestToken = 30;

    private readonly BpeTrainer _trainer;
    private readonly StochasticChunker _chunker;

    /// <summary>Prepares a training.</summary>
    /// <param name="options">
    /// The vocabulary. Its way of cutting text is not used; a bound on the length of tokens and on frequency that is not given is the paper's (30
    /// bytes, 2).
    /// </param>
    /// <param name="chunker">Cuts the training text; null for the paper's table and seed 0.</param>
    /// <exception cref="ArgumentException">The vocabulary does not hold what it has to, or a number is out of range.</exception>
    public SupertokenTrainer(BpeTrainerOptions options, StochasticChunker? chunker = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _chunker = chunker ?? new StochasticChunker();
        _trainer = new BpeTrainer(options with
        {
            Pipeline = TrainingPipeline.FromJson("""{"type":"NFC"}""", ComponentJson.Splits(), ComponentJson.ByteLevelDecoder),
            MinFrequency = options.MinFrequency > 0 ? options.MinFrequency : 2,
            MaxTokenLength = options.MaxTokenLength ?? LongestToken + 1, // exclusive
        });
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return _trainer.Train(_chunker.Cut(texts.Select(static t => Encoding.UTF8.GetString(t.Span))), progress, cancellationToken);
    }
}
