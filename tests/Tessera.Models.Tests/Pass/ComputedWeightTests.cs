using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Passes;

/// <summary>A model whose weights are computed on the tape: gradient flows into what computed them, whatever module uses them.</summary>
public sealed class ComputedWeightTests
{
    private static readonly int[] Ids = [4, 9, 33, 2, 60, 9];

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.weight")]
    [InlineData("model.layers.1.mlp.down_proj.weight")]
    [InlineData("model.layers.1.input_layernorm.weight")]
    [InlineData("model.embed_tokens.weight")] // the table and the tied head
    public void TheMakerOfAWeightHasTheGradientThatDifferencesShow(string name)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var weight = model.Parameters[name];
        var (rows, width) = ((int)(weight.Tensor.Count / weight.Tensor.Shape.Span[^1]), (int)weight.Tensor.Shape.Span[^1]);
        var maker = new Parameter("maker", Tensor.Create(TensorFormat.F32, width, 3));
        var random = new Random(5);
        foreach (ref var value in maker.Tensor.Values) value = (float)(random.NextDouble() - 0.5);
        maker.Train();
        var inputs = GC.AllocateUninitializedArray<float>(rows * 3, pinned: true); // the tape reads it again on the way back
        foreach (ref var value in inputs.AsSpan()) value = (float)(random.NextDouble() - 0.5);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        using var tape = new Tape();
        using var pass = new Pass(new PassOptions { Tape = tape });
        tape.Backward(Loss(pass));
        using var plain = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        DirectionalSlope.ShouldMatch(maker, () => Loss(plain).Span[0], 0.01f);

        unsafe Value Loss(Pass run)
        {
            sequence.Truncate(0);
            run.Begin(new RowBatch());
            var x = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(inputs));
            run.Assign(weight, run.Linear(new Value(x, rows, 3), new Modules.LinearMap(maker)));
            run.Continue();
            var batch = new RowBatch();
            batch.Add(sequence, Ids);
            return run.CrossEntropy(model.Run(run, batch), model.Head, new[] { 9, 33, 2, 60, 9, 1 }, Enumerable.Repeat(1f / 6, 6).ToArray());
        }
    }

    [Fact]
    public unsafe void WhatDoesNotFitIsRefused()
    {
        using var pass = new Pass();
        pass.Begin(new RowBatch());
        var x = stackalloc float[12];
        Should.Throw<ArgumentException>(() => pass.Linear(new Value(x, 2, 3), new Value(x, 3, 4)));
        Should.Throw<ArgumentException>(() => pass.Linear(new Value(x, 2, 3), new Value(x, 4, 3), new Value(x, 1, 3)));
        Should.Throw<ArgumentException>(() => pass.Assign(new Parameter("p", Tensor.Create(TensorFormat.F32, 5)), new Value(x, 2, 3)));
    }
}
