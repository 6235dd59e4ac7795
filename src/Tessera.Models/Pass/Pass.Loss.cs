using System.Numerics.Tensors;
using Tessera.Models.Heads;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    // Rows whose logits are held at once: 32 rows of a vocabulary of 50,000 are 6 MiB, which stays in a last-level cache.
    private const int LossRows = 32;

    /// <summary>
    /// Σ weight·(−ln p(target)) over rows, without keeping their logits: forward and backward compute them again in blocks of rows
    /// (Cut Your Losses in Large-Vocabulary Language Models, arXiv:2411.09009).
    /// </summary>
    /// <param name="hidden">[rows, width], behind the final norm.</param>
    /// <param name="head">The head.</param>
    /// <param name="targets">The token that each row should predict.</param>
    /// <param name="weights">What each row's loss is multiplied by; 1/rows gives the mean. Kept by reference until the backward has run.</param>
    /// <returns>A scalar, [1, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A target is outside the vocabulary.</exception>
    public Value CrossEntropy(Value hidden, LanguageHead head, ReadOnlyMemory<int> targets, ReadOnlyMemory<float> weights)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (targets.Length != hidden.Rows || weights.Length != hidden.Rows) throw new ArgumentException("One target and one weight a row.", nameof(targets));
        foreach (var target in targets.Span)
        {
            if ((uint)target >= (uint)head.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"The target is outside the vocabulary of {head.VocabularySize}.");
        }

        var loss = Output(1, 1, hidden.Node >= 0 || head.Projection.IsTrained);
        var logNormalisers = _arena.Floats(hidden.Rows);
        var mark = _arena.Here;
        var logits = _arena.Floats((long)LossRows * head.VocabularySize);
        var losses = stackalloc double[LossRows];
        var sum = 0.0;
        for (var from = 0; from < hidden.Rows; from += LossRows)
        {
            _cancellation.ThrowIfCancellationRequested();
            var rows = Math.Min(LossRows, hidden.Rows - from);
            HeadLogits(Pool, Arithmetic, hidden.RowPointer(from), rows, head, logits, _scratch);
            var kernel = new LossRow
            {
                Logits = logits, Vocabulary = head.VocabularySize, Targets = targets.Slice(from, rows), LogNormalisers = logNormalisers + from, Losses = losses,
            };
            ForRows(rows, head.VocabularySize, ref kernel);
            for (var r = 0; r < rows; r++) sum += weights.Span[from + r] * losses[r];
        }

        if (_tape is null) _arena.Release(mark);
        loss.Data[0] = (float)sum;
        if (loss.Node >= 0)
        {
            Record(new TapeRecord
            {
                Operation = CrossEntropyOperation.Instance, Output = loss, A = hidden, Saved = logNormalisers,
                Weights = head, Extra = new LossTargets(targets, weights),
            });
        }

        return loss;
    }

    private static void HeadLogits(
        Tensors.Threads.ComputePool pool, Arithmetic arithmetic, float* hidden, int rows, LanguageHead head, float* logits, ActivationScratch scratch)
    {
        var map = head.Projection;
        MatrixProduct.Multiply(
            pool, arithmetic, hidden, rows, map.Inputs,
            [new MatrixTarget(map.Weight.Matrix(pool), logits, map.Outputs, map.Bias is null ? null : map.Bias.VectorPointer)], scratch);
        var all = new Span<float>(logits, rows * map.Outputs);
        if (head.Scale != 1) TensorPrimitives.Multiply(all, head.Scale, all);
        if (head.Softcap != 0) SoftCap.Forward(logits, head.Softcap, all.Length, logits);
    }

    private struct LossRow : IRowKernel
    {
        public float* Logits;
        public int Vocabulary;
        public ReadOnlyMemory<int> Targets;
        public float* LogNormalisers;
        public double* Losses;

        public readonly void Run(int row)
        {
            Losses[row] = Tensors.Kernels.CrossEntropy.Forward(Logits + (long)row * Vocabulary, Vocabulary, Targets.Span[row], out var normaliser);
            LogNormalisers[row] = (float)normaliser.LogSumExp;
        }
    }

    private sealed record LossTargets(ReadOnlyMemory<int> Targets, ReadOnlyMemory<float> Weights);

    // G = weight·(softmax − onehot), through soft cap and scale; dh += G·W; dW += Gᵀ·h; db += column sums of G.
    private sealed class CrossEntropyOperation : Operation
    {
        public static readonly CrossEntropyOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (hidden, head, targets) = (record.A, (LanguageHead)record.Weights!, (LossTargets)record.Extra!);
            var map = head.Projection;
            var upstream = *tape.Gradient(record.Output);
            var size = (long)LossRows * map.Outputs;
            var logits = tape.Scratch.Floats(size);
            var kernel = new LossBackwardRow
            {
                Logits = logits, Gradients = tape.Scratch.Floats(size), Capped = head.Softcap == 0 ? null : tape.Scratch.Floats(size),
                Vocabulary = map.Outputs, Head = head, Upstream = upstream,
            };
            var g = kernel.Capped is null ? kernel.Gradients : kernel.Capped;
            var dHidden = tape.Gradient(hidden);
            using var scratch = new ActivationScratch();
            for (var from = 0; from < hidden.Rows; from += LossRows)
            {
                var rows = Math.Min(LossRows, hidden.Rows - from);
                HeadLogits(tape.Pool, Arithmetic.Exact, hidden.RowPointer(from), rows, head, logits, scratch);
                kernel.LogNormalisers = record.Saved + from;
                kernel.Targets = targets.Targets.Slice(from, rows);
                kernel.Weights = targets.Weights.Slice(from, rows);
                ForRows(tape.Pool, rows, map.Outputs, ref kernel);
                if (dHidden is not null)
                {
                    MatrixProduct.MultiplyTransposed(
                        tape.Pool, g, rows, map.Outputs, map.Weight.Matrix(tape.Pool), dHidden + (long)from * hidden.Width, hidden.Width, accumulate: true);
                }

                if (map.Weight.IsTrained)
                {
                    MatrixProduct.AccumulateOuter(
                        tape.Pool, g, map.Outputs, hidden.RowPointer(from), hidden.Width, rows, map.Outputs, hidden.Width, map.Weight.GradientPointer);
                }

                if (map.Bias is { IsTrained: true } bias)
                {
                    for (var r = 0; r < rows; r++)
                        TensorPrimitives.Add(bias.Gradient, new ReadOnlySpan<float>(g + (long)r * map.Outputs, map.Outputs), bias.Gradient);
                }
            }
        }
    }

    private struct LossBackwardRow : IRowKernel
    {
        public float* Logits;
        public float* Gradients; // of the logits as the loss sees them
        public float* Capped; // of the logits before the soft cap; null where there is none
        public int Vocabulary;
        public float* LogNormalisers;
        public ReadOnlyMemory<int> Targets;
        public ReadOnlyMemory<float> Weights;
        public LanguageHead Head;
        public float Upstream;

        public readonly void Run(int row)
        {
            var at = (long)row * Vocabulary;
            new Span<float>(Gradients + at, Vocabulary).Clear();
            // The saved logarithm stands for maximum and sum: e^(z - ln Σ) is the probability.
            var normaliser = new RowNormaliser(LogNormalisers[row], 1);
            var weight = Upstream * Weights.Span[row] * Head.Scale;
            Tensors.Kernels.CrossEntropy.Backward(Logits + at, Vocabulary, Targets.Span[row], normaliser, weight, Gradients + at);
            if (Capped is null) return;
            new Span<float>(Capped + at, Vocabulary).Clear();
            SoftCap.Backward(Logits + at, Gradients + at, Head.Softcap, Vocabulary, Capped + at);
        }
    }
}
