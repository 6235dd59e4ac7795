using System.Text;
using Tessera.Evaluation.Metrics;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Insight.Detection;

/// <summary>
/// Runs texts through a model and gathers what detectors need: one pass over the text, another over its lower-case version, its variants, and a
/// second model, each only where it is wanted. Logits are swept as they come and never kept. Not thread-safe.
/// </summary>
public sealed class EvidenceCollector : IDisposable
{
    private readonly ModelPackage _package;
    private readonly EvidenceOptions _options;
    private readonly TokenScorer _scorer;
    private readonly TokenScorer? _reference;
    private readonly TwoModelScorer? _twoModels;

    /// <summary>Creates a collector.</summary>
    /// <param name="package">The model under test with its tokenizer; stays the caller's.</param>
    /// <param name="options">What to gather; the defaults if null.</param>
    /// <param name="passes">How passes compute; fast if null.</param>
    /// <param name="sequences">How keys and values are kept; F16 if null.</param>
    /// <exception cref="ArgumentException">The table of frequencies was counted with another tokenizer.</exception>
    /// <exception cref="UnsupportedFeatureException">A model does not continue text or has no tokenizer.</exception>
    public EvidenceCollector(ModelPackage package, EvidenceOptions? options = null, PassOptions? passes = null, SequenceOptions? sequences = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        (_package, _options) = (package, options ?? new EvidenceOptions());
        if (_options.Frequencies?.Misfit(package.Text.Tokenizer) is { } misfit) throw new ArgumentException($"The frequencies do not serve this model: {misfit}.", nameof(options));
        _scorer = new TokenScorer(package.Language, passes, sequences);
        if (_options.SecondModel is not { } second) return;
        _reference = new TokenScorer(second.Language, passes, sequences);
        if (TokenFrequencyTable.FingerprintOf(second.Text.Tokenizer) == TokenFrequencyTable.FingerprintOf(package.Text.Tokenizer))
            _twoModels = new TwoModelScorer(second.Language, package.Language, passes, sequences);
    }

    /// <summary>Whether the second model shares the tokenizer, so that detectors of two models have what they need.</summary>
    public bool SharesTokenizer => _twoModels is not null;

    /// <summary>Gathers evidence of a text.</summary>
    /// <param name="text">The text. Beyond <see cref="EvidenceOptions.MaxTokens"/> tokens it is cut; what is compressed or put in lower case is the whole text.</param>
    /// <param name="variants">Altered versions of the text, for detectors that compare with them; none by default.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    /// <returns>The evidence; null where the text has no token that can be scored.</returns>
    public DetectionEvidence? Collect(string text, IReadOnlyList<string>? variants = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = Ids(_package, text);
        if (ids.Length < 2) return null;
        return new DetectionEvidence
        {
            Statistics = _scorer.Score(ids, cancellation: cancellation).Statistics,
            CompressedBytes = ZlibDetector.CompressedBytes(Encoding.UTF8.GetBytes(text)),
            Frequencies = _options.Frequencies,
            Lowercase = _options.Lowercase ? Statistics(_scorer, _package, text.ToLowerInvariant(), cancellation) : null,
            Reference = _reference is null ? null : Statistics(_reference, _options.SecondModel!, text, cancellation),
            TwoModels = _twoModels?.Score(ids, cancellation),
            Variants = [.. (variants ?? []).Select(variant => Statistics(_scorer, _package, variant, cancellation)).OfType<IReadOnlyList<TokenStatistics>>()],
        };
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        _scorer.Dispose();
        _reference?.Dispose();
        _twoModels?.Dispose();
    }

    private IReadOnlyList<TokenStatistics>? Statistics(TokenScorer scorer, ModelPackage package, string text, CancellationToken cancellation)
    {
        var ids = Ids(package, text);
        return ids.Length < 2 ? null : scorer.Score(ids, cancellation: cancellation).Statistics;
    }

    private int[] Ids(ModelPackage package, string text)
    {
        var ids = package.Text.EncodePrompt(text);
        return ids[..Math.Min(ids.Length, Math.Min(_options.MaxTokens, package.Language.ContextLength))];
    }
}
