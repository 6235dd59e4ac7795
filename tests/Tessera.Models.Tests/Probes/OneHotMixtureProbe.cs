using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Probes;

/// <summary>Rows that are weighted mixtures of ids.</summary>
public sealed class OneHotMixtureProbe
{
    private static readonly int[] Ids = [5, 17, 42, 0, 60, 17, 9];

    [Theory]
    [InlineData(TensorFormat.F32, Arithmetic.Exact)]
    [InlineData(TensorFormat.Q8_0, Arithmetic.Exact)]
    [InlineData(TensorFormat.Q8_0, Arithmetic.Fast)]
    [InlineData(TensorFormat.Q4_1, Arithmetic.Fast)]
    public void OneIdOfWeightOneHasTheBitsOfTheId(TensorFormat format, Arithmetic arithmetic)
    {
        var config = ToyModels.Llama() with { Width = 32, FeedForwardWidth = 64, Heads = 2, HeadSize = 16, KvHeads = 2 };
        using var model = ToyModels.Language(config, format: format);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var mixed = ProbeRun.Logits(model, sequence, [5, 0, 42, 0, 60, 0, 9], arithmetic, change: rows =>
        {
            for (var row = 1; row < 6; row += 2) rows.SetMixture(row, [Ids[row]], [1f]);
        });
        mixed.ShouldBe(ProbeRun.Alone(model, Ids, arithmetic: arithmetic));
    }

    [Fact]
    public void AMixtureIsTheWeightedSumOfEmbeddings()
    {
        using var model = ToyModels.Language(ToyModels.Llama() with { EmbeddingScale = 3 });
        var sum = new float[24];
        for (var i = 0; i < 24; i++) sum[i] = 0.25f * model.Stack.Embedding.Tensor.Values[7 * 24 + i] + -0.5f * model.Stack.Embedding.Tensor.Values[8 * 24 + i];
        using var first = model.NewSequence(SequenceOptions.Exact);
        using var second = model.NewSequence(SequenceOptions.Exact);
        var mixed = ProbeRun.Logits(model, first, [1, 2], change: rows => rows.SetMixture(1, [7, 8], [0.25f, -0.5f]));
        var vector = ProbeRun.Logits(model, second, [1, 2], change: rows => rows.SetVector(1, sum));
        for (var i = 0; i < mixed.Length; i++) mixed[i].ShouldBe(vector[i], 1e-5f);
        first.Tokens.ToArray().ShouldBe([1, -1]);
    }
}
