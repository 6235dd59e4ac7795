using System.Text;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Morphology;

/// <summary>Trains a BPE whose merges never cross the border of a morpheme.</summary>
public sealed class MorphemeTrainer : TokenizerTrainer
{
    private readonly BpeTrainer _trainer;
    private readonly MorphemeCutter _cutter;

    /// <summary>Prepares a training.</summary>
    /// <param name="options">The vocabulary, and how text is cut into words beside the morphemes.</param>
    /// <param name="analyser">Finds the morphemes.</param>
    /// <exception cref="ArgumentException">The vocabulary does not hold what it has to, or a number is out of range.</exception>
    public MorphemeTrainer(BpeTrainerOptions options, IMorphemeAnalyser analyser)
    {
        _trainer = new BpeTrainer(options);
        _cutter = new MorphemeCutter(analyser);
    }

    /// <summary>The analyser's <see cref="IMorphemeAnalyser.Identity"/>: what a <see cref="MorphemeTokenizer"/> of the result asks for.</summary>
    public string AnalyserIdentity => _cutter.Analyser.Identity;

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return _trainer.Train(_cutter.Cut(texts.Select(static t => Encoding.UTF8.GetString(t.Span))), progress, cancellationToken);
    }
}
