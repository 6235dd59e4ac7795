using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>The loss -ln p(target) of one row of logits, in nats, and its gradient.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>The loss of a row.</summary>
    /// <param name="logits">The logits, [width].</param>
    /// <param name="width">Their number.</param>
    /// <param name="target">The index of the target.</param>
    /// <param name="normaliser">The row's maximum and sum, for <see cref="Backward"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The target is no index of the row.</exception>
    public static double Forward(float* logits, int width, int target, out RowNormaliser normaliser)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)width, nameof(target));
        normaliser = Softmax.Normaliser(logits, width);
        return Math.Log(normaliser.Sum) - ((double)logits[target] - normaliser.Max);
    }

    /// <summary>Adds the gradient of the logits: weight·(p - 1[target]).</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="width">Their number.</param>
    /// <param name="target">The index of the target.</param>
    /// <param name="normaliser">What <see cref="Forward"/> found.</param>
    /// <param name="weight">The gradient of the loss: the token's weight over the batch's number of tokens, say.</param>
    /// <param name="dLogits">The gradient is added here.</param>
    /// <exception cref="ArgumentOutOfRangeException">The target is no index of the row.</exception>
    public static void Backward(float* logits, int width, int target, RowNormaliser normaliser, float weight, float* dLogits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)width, nameof(target));
        RowLoop.Map(new Gradient(normaliser.Max, (float)(weight / normaliser.Sum)), logits, dLogits, width, dLogits);
        dLogits[target] -= weight;
    }

    private readonly struct Gradient(float max, float scale) : IMap2
    {
        public Vector<float> At(Vector<float> x, Vector<float> dx) => VectorMath.MultiplyAdd(VectorMath.Exp(x - Vector.Create(max)), scale, dx);
    }
}
