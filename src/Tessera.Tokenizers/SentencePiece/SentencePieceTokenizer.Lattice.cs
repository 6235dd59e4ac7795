using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers.SentencePiece;

/// <content>What a unigram model makes of all segmentations of a text, P ∝ exp(α · score) (Kudo, "Subword Regularization", arXiv 1804.10959).</content>
public sealed partial class SentencePieceTokenizer
{
    /// <summary>Draws a segmentation, as <c>sample_encode</c> with all candidates (<c>nbest_size</c> −1) does.</summary>
    /// <param name="text">The text.</param>
    /// <param name="alpha">α, not negative: 0 draws all segmentations alike, larger values prefer probable ones.</param>
    /// <param name="key">Names the random numbers: the same key gives the same ids.</param>
    /// <exception cref="NotSupportedException">The model is no unigram model.</exception>
    public int[] EncodeSample(string text, double alpha, RandomKey key)
    {
        CheckAlpha(alpha);
        var source = Utf8(text);
        var (normalized, places) = Normalized(source);
        var draws = 0u;
        var pieces = LatticeOf(normalized).Sample(alpha, () => key.Uniform(draws++));
        return Array.ConvertAll(Placed(source, normalized, places, pieces), static t => t.Id);
    }

    /// <summary>The logarithm of the sum over all segmentations of a text of exp(α · score): with α = 1 the text's log-probability, in nats.</summary>
    /// <param name="text">The text.</param>
    /// <param name="alpha">α, not negative.</param>
    /// <exception cref="NotSupportedException">The model is no unigram model.</exception>
    public double LogPartition(string text, double alpha = 1)
    {
        CheckAlpha(alpha);
        return LatticeOf(Normalized(Utf8(text)).Text).LogPartition(alpha);
    }

    /// <summary>How often each piece stands in a segmentation of a text, on average: the E-step of training.</summary>
    /// <param name="text">The text.</param>
    /// <param name="alpha">α, not negative.</param>
    /// <returns>By id; pieces that never do are absent.</returns>
    /// <exception cref="NotSupportedException">The model is no unigram model.</exception>
    public IReadOnlyDictionary<int, double> ExpectedCounts(string text, double alpha = 1)
    {
        CheckAlpha(alpha);
        return LatticeOf(Normalized(Utf8(text)).Text).ExpectedCounts(alpha);
    }

    /// <summary>The entropy of a text's segmentation, in nats.</summary>
    /// <param name="text">The text.</param>
    /// <param name="alpha">α, not negative.</param>
    /// <exception cref="NotSupportedException">The model is no unigram model.</exception>
    public double SegmentationEntropy(string text, double alpha = 1)
    {
        CheckAlpha(alpha);
        return LatticeOf(Normalized(Utf8(text)).Text).Entropy(alpha);
    }

    private UnigramLattice LatticeOf(List<byte> normalized) =>
        _segmenter is UnigramSegmenter unigram ? unigram.Lattice(CollectionsMarshal.AsSpan(normalized)) : throw new NotSupportedException("Only a unigram model has several segmentations to choose from.");

    private static void CheckAlpha(double alpha)
    {
        if (!(alpha >= 0 && double.IsFinite(alpha))) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Alpha is finite and not negative.");
    }
}
