namespace Tessera.Models.Attention;

/// <summary>
/// How a layer turns dot products of queries and keys into weights: shaping (scale, soft cap, bias), then a normaliser. One object per kind of
/// layer, shared by all passes, immutable. Its methods get a strip: the dot products of one query row of one head with the keys that it
/// sees, in order, and work on it in place. Which keys a row sees is not its business, except for a distance limit.
/// </summary>
/// <remarks>
/// A rule must treat every element by the same arithmetic wherever it stands in the strip, so that a row's result does not depend on how its
/// keys lie in memory (design decision 11).
/// </remarks>
public abstract class AttentionRule
{
    /// <summary>
    /// Keys whose position differs from the query's by more than this are not visible: a sliding window of w tokens, the own one included, has
    /// w - 1; a symmetric window of w to each side has w. Null for no limit.
    /// </summary>
    public int? MaxDistance { get; init; }

    /// <summary>Whether <see cref="Shape"/> reads <see cref="AttentionRow.KeyPositions"/>.</summary>
    public virtual bool NeedsPositions => false;

    /// <summary>
    /// Whether the normaliser may be applied to parts of a row that are put together afterwards by their <see cref="StripSums"/>, as a softmax
    /// may. If not, it always gets the whole row.
    /// </summary>
    public virtual bool NormalisesInParts => true;

    /// <summary>How many numbers of the rule are learnt; their gradient comes from <see cref="ShapeBackward"/>.</summary>
    public virtual int ParameterCount => 0;

    /// <summary>Turns dot products into scores. Elementwise: it may get a row in parts.</summary>
    public abstract void Shape(in AttentionRow row, Span<float> scores);

    /// <summary>
    /// Carries gradients of scores back to dot products.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="scores">The scores that <see cref="Shape"/> gave.</param>
    /// <param name="gradients">In: gradients of the scores; out: of the dot products.</param>
    /// <param name="parameterGradients"><see cref="ParameterCount"/> floats to add to.</param>
    public abstract void ShapeBackward(in AttentionRow row, ReadOnlySpan<float> scores, Span<float> gradients, Span<float> parameterGradients);

    /// <summary>Turns scores into weights. The softmax, unless a rule has its own: e^(score - maximum), and their sum.</summary>
    /// <param name="row">The row.</param>
    /// <param name="scores">In: scores, at least one; out: weights, to be divided by the returned sum.</param>
    public virtual StripSums Normalise(in AttentionRow row, Span<float> scores)
    {
        var maximum = StripMath.Max(scores);
        if (float.IsNegativeInfinity(maximum))
        {
            scores.Clear(); // every key is excluded by its score
            return new StripSums(maximum, 0f);
        }

        return new StripSums(maximum, StripMath.ExpAndSum(scores, maximum));
    }

    /// <summary>Carries gradients of a whole row's weights back to its scores; the softmax's unless a rule has its own.</summary>
    /// <param name="row">The row.</param>
    /// <param name="scores">The scores that <see cref="Shape"/> gave.</param>
    /// <param name="weights">The final weights.</param>
    /// <param name="gradients">In: gradients of the weights; out: of the scores.</param>
    public virtual void NormaliseBackward(in AttentionRow row, ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> gradients)
    {
        var mean = StripMath.Dot(weights, gradients);
        for (var i = 0; i < gradients.Length; i++) gradients[i] = weights[i] * (gradients[i] - mean);
    }
}
