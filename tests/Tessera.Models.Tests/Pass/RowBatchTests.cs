using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Models.Tests.Passes;

public sealed class RowBatchTests
{
    [Fact]
    public void AMixtureIsCheckedWhenItIsSet()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, [1, 2, 3]);
        Should.Throw<ArgumentException>(() => rows.SetMixture(0, [], []));
        Should.Throw<ArgumentException>(() => rows.SetMixture(0, [1, 2], [1f]));
        Should.Throw<ArgumentException>(() => rows.SetMixture(0, [1, 2], [1f, float.NaN])).Message.ShouldContain("NaN");
        Should.Throw<ArgumentOutOfRangeException>(() => rows.SetMixture(0, [1, 61], [1f, 0f])).Message.ShouldContain("61");
        Should.Throw<ArgumentOutOfRangeException>(() => rows.SetMixture(3, [1], [1f]));
        rows.Ids.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void WhatIsSetLastCounts()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, [1, 2]);
        rows.SetVector(0, new float[24]);
        rows.SetMixture(0, [9], [1f]);
        rows.SetMixture(1, [9], [1f]);
        rows.SetVector(1, new float[24]);
        using var pass = new Pass();
        pass.Begin(rows);
        var x = pass.Embed(model.Stack.Embedding);
        x.Row(0).ToArray().ShouldBe(model.Stack.Embedding.Tensor.Values.Slice(9 * 24, 24).ToArray());
        x.Row(1).ToArray().ShouldBe(new float[24]);
    }
}
