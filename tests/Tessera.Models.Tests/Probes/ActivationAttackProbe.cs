using Tessera.Models.Files;
using Tessera.Models.Hooks;
using Tessera.Models.Tests.Files;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Probes;

/// <summary>The first step of recorded attacks on activations: the loss of forced tokens, and its slope at the vectors that enter the first layer.</summary>
public sealed class ActivationAttackProbe
{
    [Fact]
    public void AnAttacksFirstStepIsTheRecordedOne()
    {
        var file = Golden.Json("insight/activation-attack-scaling.json");
        using var tensors = SafetensorsFile.Open(Golden.Find("insight/activation-attack-scaling.safetensors"));
        using var model = (LanguageModel)Model.Load(Golden.Find("insight/tiny-llama"));
        foreach (var attack in file.GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "activationAttack"))
        {
            var (input, expected) = (attack.GetProperty("input"), attack.GetProperty("expected"));
            int[] Ints(string name) => [.. input.GetProperty(name).EnumerateArray().Select(i => i.GetInt32())];
            var (context, target) = (Ints("context"), Ints("target"));
            int[] targets = [.. new int[context.Length - 1], .. target];
            using var tape = new Tape();
            Value watched = default;
            var loss = ProbeRun.Loss(model, [.. context, .. target[..^1]], targets, [.. new float[context.Length - 1], .. target.Select(_ => 1f)], HookPoint.Embed, (pass, _, value) => watched = pass.Watch(value), tape);
            loss.ShouldBe(expected.GetProperty("loss")[0].GetDouble(), 1e-5 * loss); // the file's tolerances for float32
            var gradient = tensors.GetTensor(expected.GetProperty("gradient0").GetString()!).ToArray();
            var dimensions = input.GetProperty("attackedDims").GetInt32(); // of each vector; the others are not attacked
            gradient.Length.ShouldBe(input.GetProperty("attackedPositions").GetInt32() * watched.Width);
            for (var i = 0; i < gradient.Length; i++)
            {
                if (i % watched.Width < dimensions) Math.Abs(tape.GradientOf(watched)[i] - gradient[i]).ShouldBeLessThan(1e-4f * gradient.Max(Math.Abs));
            }
        }
    }
}
