using Tessera.Models.Hooks;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Probes;

/// <summary>The gradient at a hook: an attack on activations needs the loss's slope at the residual stream of a frozen model.</summary>
public sealed class HookGradientProbe
{
    private static readonly int[] Ids = [4, 9, 33, 2, 60, 9], Targets = [9, 33, 2, 60, 9, 1];
    private readonly LanguageModel _model = ToyModels.Language(ToyModels.Llama());

    [Theory]
    [InlineData(HookPoint.Embed)]
    [InlineData(HookPoint.ResidPost)]
    [InlineData(HookPoint.MlpOut)]
    public void ItIsWhatDifferencesShow(HookPoint point)
    {
        using var tape = new Tape();
        Value watched = default;
        Loss(point, (pass, _, value) => watched = pass.Watch(value), tape);
        var gradient = tape.GradientOf(watched).ToArray();
        foreach (var at in new[] { 0, 30, 77, 143 })
        {
            double At(float shift) => Loss(point, (_, _, value) => { value.Span[at] += shift; return value; }, null);
            var slope = (8 * (At(0.01f) - At(-0.01f)) - (At(0.02f) - At(-0.02f))) / 0.12;
            Math.Abs(slope - gradient[at]).ShouldBeLessThan(2e-3 * gradient.Max(Math.Abs), $"{at}: {gradient[at]}, differences say {slope}");
        }
    }

    private double Loss(HookPoint point, ProbeRun.Change change, Tape? tape) => ProbeRun.Loss(_model, Ids, Targets, [1, 1, 1, 1, 1, 1], point, change, tape);
}
