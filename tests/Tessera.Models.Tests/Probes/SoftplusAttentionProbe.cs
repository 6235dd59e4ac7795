using Tessera.Models.Architectures;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Probes;

/// <summary>A model whose layers attend by another rule: cached and whole passes agree, and it can be trained.</summary>
public sealed class SoftplusAttentionProbe
{
    [Fact]
    public void AModelWithTheRuleRunsCachedAndIsTrained()
    {
        using var model = ToyModels.Language(ToyModels.Llama() with { Rule = new SoftplusRule(12), QueryKeyNorm = QueryKeyNorm.Unit });
        int[] ids = [.. Enumerable.Range(1, 12).Select(i => i * 17 % 61)];
        using var cached = model.NewSequence(SequenceOptions.Exact);
        float[] pieces = [.. ProbeRun.Logits(model, cached, ids.AsSpan(0, 7)), .. ProbeRun.Logits(model, cached, ids.AsSpan(7))];
        pieces.ShouldBe(ProbeRun.Alone(model, ids));
        foreach (var parameter in model.Parameters.Values) parameter.Train();
        Loss(true);
        foreach (var parameter in model.Parameters.Values)
        {
            var at = (int)(parameter.Tensor.Count / 3);
            parameter.Gradient[at].ShouldBe(FiniteDifference.Of(parameter, at, () => Loss(false)), 0.02f + 0.03f * Math.Abs(parameter.Gradient[at]), parameter.Name);
        }

        float Loss(bool backward)
        {
            using var tape = new Tape();
            using var pass = new Pass(new PassOptions { Tape = tape });
            using var sequence = model.NewSequence(SequenceOptions.Exact);
            var rows = new RowBatch();
            rows.Add(sequence, ids);
            var loss = pass.CrossEntropy(model.Run(pass, rows), model.Head, ids.Select(id => (id + 5) % 61).ToArray(), Enumerable.Repeat(1f, ids.Length).ToArray());
            if (backward) tape.Backward(loss);
            return loss.Span[0];
        }
    }
}
