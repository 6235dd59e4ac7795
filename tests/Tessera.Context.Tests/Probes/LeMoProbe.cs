using Tessera.Context.Schedules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Autodiff;

namespace Tessera.Context.Tests.Probes;

/// <summary>A training step in which every layer runs its own tokens: gradients are those of finite differences.</summary>
public sealed class LeMoProbe
{
    [Fact]
    public void GradientsThroughSubsetsAreThoseOfFiniteDifferences()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        int[] ids = [.. Enumerable.Range(1, 9).Select(i => i * 17 % 61)];
        float Loss(bool backward)
        {
            using var tape = new Tape();
            using var pass = new Pass(new PassOptions { Tape = tape });
            var options = SequenceOptions.Exact with { Schedule = () => ContextualTokenSparsity.ByLayer([[0, 1, 2, 3, 6, 7], [0, 3, 4, 5, 8], [2, 3, 5]]) };
            using var sequence = model.NewSequence(options);
            var rows = new RowBatch();
            rows.Add(sequence, ids);
            var hidden = model.Run(pass, rows);
            var loss = pass.CrossEntropy(hidden, model.Head, ids.Select(id => (id + 5) % 61).ToArray(), Enumerable.Repeat(1f, ids.Length).ToArray());
            if (backward) tape.Backward(loss);
            return loss.Span[0];
        }

        foreach (var parameter in model.Parameters.Values) parameter.Train();
        Loss(backward: true);
        foreach (var parameter in model.Parameters.Values)
        {
            var at = (int)(parameter.Tensor.Count * 2 / 3);
            parameter.Gradient[at].ShouldBe(FiniteDifference.Of(parameter, at, () => Loss(false)), 0.01f + 0.02f * Math.Abs(parameter.Gradient[at]), parameter.Name);
        }
    }
}
