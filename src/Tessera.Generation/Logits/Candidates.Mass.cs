using System.Numerics.Tensors;
using Tessera.Models;

namespace Tessera.Generation;

/// <summary>What needs probabilities: how many candidates hold a mass, which one a uniform number falls on, a new temperature.</summary>
public sealed partial class Candidates
{
    // First piece of the order by probability that is looked at: it decides nearly every peaked row; flat rows grow it by four.
    private const int FirstPiece = 64;

    /// <summary>Statistics of one candidate under the distribution over the candidates.</summary>
    /// <param name="index">Index into <see cref="Ids"/>. It becomes the <see cref="TokenStatistics.Target"/>, as an id.</param>
    /// <param name="top">Receives the most probable candidates, as ids; see <see cref="TokenStatistics.Compute"/>.</param>
    public TokenStatistics Statistics(int index, Span<TokenAlternative> top = default)
    {
        var statistics = TokenStatistics.Compute(Logits, index, top);
        foreach (ref var alternative in top)
        {
            if (alternative.Id >= 0)
                alternative = alternative with { Id = _ids[alternative.Id] };
        }

        return statistics with { Target = _ids[index] };
    }

    /// <summary>ln Σ e^z over the candidates.</summary>
    public double LogNormaliser() => TokenStatistics.Compute(Logits, 0).LogNormaliser;

    /// <summary>The logit of a probability: candidates at or above it have at least that probability.</summary>
    /// <param name="probability">A probability under the distribution over the candidates.</param>
    public float BoundOfProbability(double probability) => (float)(LogNormaliser() + Math.Log(probability));

    /// <summary>
    /// How many of the most probable candidates it takes to hold a mass, at least 1. Compared as float32, the precision that
    /// probabilities computed from float32 logits have: two tokens of 0.25 hold a mass of 0.5.
    /// </summary>
    /// <param name="mass">The probability to reach, in [0, 1].</param>
    public int CountToMass(double mass) => Walk(mass, strictly: false).Count;

    /// <summary>
    /// The candidate that a uniform number falls on, with the candidates laid side by side from the most to the least probable, ties by
    /// ascending id: the first whose cumulative probability exceeds the number.
    /// </summary>
    /// <param name="uniform">A number in [0, 1).</param>
    /// <returns>An index into <see cref="Ids"/>.</returns>
    public int Draw(double uniform) => Count == 1 ? 0 : Walk(uniform, strictly: true).Index;

    /// <summary>Divides the logits by a temperature; 0 keeps the best candidate alone.</summary>
    /// <param name="temperature">At least 0.</param>
    public void Heat(double temperature)
    {
        if (temperature == 0)
        {
            KeepBest(1);
            return;
        }

        var logits = Logits;
        var (min, max) = Range(logits);
        var largest = Math.Max(Math.Abs((double)min), Math.Abs((double)max));
        if (largest / temperature < float.MaxValue && (float)temperature > 0)
        {
            TensorPrimitives.Divide(logits, (float)temperature, logits);
            return;
        }

        // So small a temperature that a quotient leaves float32: the distribution depends on differences only, so divide those.
        for (var i = 0; i < logits.Length; i++)
            Set(i, ((double)logits[i] - max) / temperature);
    }

    /// <summary>Goes down the candidates by probability until their sum reaches (or exceeds) a mass.</summary>
    private (int Count, int Index) Walk(double mass, bool strictly)
    {
        var logNormaliser = LogNormaliser();
        var sum = 0.0;
        var done = 0;
        for (var piece = FirstPiece; ; piece = piece > Count / 4 ? Count : piece * 4)
        {
            var best = Best(piece);
            for (; done < best.Length; done++)
            {
                sum += Math.Exp(_logits[best[done]] - logNormaliser);
                if (strictly ? sum > mass : (float)sum >= (float)mass)
                    return (done + 1, best[done]);
            }

            if (done == Count) // rounding kept the sum below the mass
                return (done, best[^1]);
        }
    }
}
