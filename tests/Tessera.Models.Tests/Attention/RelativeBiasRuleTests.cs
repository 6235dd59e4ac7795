using Tessera.Models.Attention;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests.Attention;

public class RelativeBiasRuleTests
{
    // Rows of transformers' _relative_position_bucket for 8 buckets and distances up to 20.
    [Theory]
    [InlineData(true, new[] { -45, -7, -6, -2, -1, 0, 1, 2, 6, 7, 45 }, new[] { 3, 3, 2, 2, 1, 0, 5, 6, 6, 7, 7 })]
    [InlineData(false, new[] { -45, -14, -13, -9, -8, -6, -5, -4, -3, -1, 0, 5 }, new[] { 7, 7, 6, 6, 5, 5, 4, 4, 3, 1, 0, 0 })]
    public void BucketsAreTheReferences(bool bidirectional, int[] distances, int[] buckets) =>
        distances.Select(d => Positions.RelativeBucket(d, bidirectional, 8, 20)).ShouldBe(buckets);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ScoresGetTheBiasOfTheirDistance(bool bidirectional)
    {
        var table = Enumerable.Range(0, 8 * 6).Select(i => i % 7 * 0.5f).ToArray();
        var fixture = new AttentionFixture(50, 6, 2, 16) { Rule = new RelativeBiasRule(Tensor.FromValues(table, 8, 6), bidirectional, 20) };
        using var state = fixture.NewState();
        var expected = fixture.Twin(
            (row, key) => bidirectional || key <= row, (head, row, key, dot) => dot + table[Positions.RelativeBucket(key - row, bidirectional, 8, 20) * 6 + head]);
        AttentionFixture.ShouldBeClose(fixture.Run(state, 0, 50, bidirectional ? RowVisibility.Full : RowVisibility.Causal), expected, 2e-5);
    }

    [Fact]
    public void ATableThatCannotBeSharedOutIsRefused()
    {
        Should.Throw<ArgumentException>(() => new RelativeBiasRule(Tensor.Create(TensorFormat.F32, 7, 2), bidirectional: true));
        Should.Throw<ArgumentException>(() => new RelativeBiasRule(Tensor.Create(TensorFormat.F16, 8, 2), bidirectional: true));
        Should.Throw<ArgumentException>(() => new RelativeBiasRule(Tensor.Create(TensorFormat.F32, 8, 2), bidirectional: true, maxBucketDistance: 2));
    }
}
