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
        var sum = 0.0;
        for (var from = 0; from < hidden.Rows; from += LossRows)
        {
            _cancellation.ThrowIfCancellationRequested();
            var rows = Math.Min(LossRows, hidden.Rows - from);
            HeadLogits(Pool, Arithmetic, hidden.RowPointer(from), rows, head, logits, _scratch);
            for (var r = 0; r < rows; r++)
            {
                var row = new ReadOnlySpan<float>(logits + (long)r * head.VocabularySize, head.VocabularySize);
                var statistics = TokenStatistics.Compute(row, targets.Span[from + r]);
                logNormalisers[from + r] = (float)statistics.LogNormaliser;
                sum -= weights.Span[from + r] * statistics.LogProbability;
            }
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
            var g = tape.Scratch.Floats((long)LossRows * map.Outputs);
            var dHidden = tape.Gradient(hidden);
            using var scratch = new ActivationScratch();
            for (var from = 0; from < hidden.Rows; from += LossRows)
            {
                var rows = Math.Min(LossRows, hidden.Rows - from);
                HeadLogits(tape.Pool, Arithmetic.Exact, hidden.RowPointer(from), rows, head, g, scratch);
                var job = new GradientRow
                {
                    Logits = g, Vocabulary = map.Outputs, LogNormalisers = record.Saved + from, Head = head, Targets = targets, From = from, Upstream = upstream,
                };
                for (var r = 0; r < rows; r++) job.Run(r);
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

        private struct GradientRow : IRowKernel
        {
            public float* Logits;
            public int Vocabulary;
            public float* LogNormalisers;
            public LanguageHead Head;
            public LossTargets Targets;
            public int From;
            public float Upstream;

            public readonly void Run(int row)
            {
                var z = new Span<float>(Logits + (long)row * Vocabulary, Vocabulary);
                var factor = Upstream * Targets.Weights.Span[From + row];
                var target = Targets.Targets.Span[From + row];
                var slope = factor * Head.Scale;
                if (Head.Softcap == 0)
                {
                    TensorPrimitives.Subtract(z, LogNormalisers[row], z);
                    TensorPrimitives.Exp(z, z);
                    z[target] -= 1;
                    TensorPrimitives.Multiply(z, slope, z);
                    return;
                }

                for (var v = 0; v < z.Length; v++)
                {
                    var capped = z[v] / Head.Softcap;
                    var probability = MathF.Exp(z[v] - LogNormalisers[row]) - (v == target ? 1 : 0);
                    z[v] = slope * probability * (1 - capped * capped);
                }
            }
        }
    }
}
