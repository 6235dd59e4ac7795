using Tessera.Insight.Steering;
using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>EAST on a real model in exact mode: exact action probabilities, the activation behind a layer, the vector of several prompts, and what steering by it does.</summary>
internal sealed class EastModelReader : IGoldenReader
{
    private static readonly PassOptions s_exact = new() { Arithmetic = Arithmetic.Exact };

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "east-entropic-activation-steering" && @case.Has("input") && @case.Input.Find("kind")?.AsString() is "smollm2" or "smollm2_vector";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.Real<LanguageModel>(@case.File, "smollm2");
        if (@case.Input["kind"].AsString() == "smollm2_vector") Vector(model, @case, check, cancellationToken);
        else Prompt(model, @case, check, cancellationToken);
    }

    private static void Vector(LanguageModel model, GoldenCase @case, GoldenCheck check, CancellationToken cancellation)
    {
        var (vector, weights) = Fit(model, @case, cancellation);
        var expected = @case.Expected;
        var relative = @case.File.Tolerance("smollm2 vector");
        check.Tensor(expected["weights"], weights, new Tolerance(@case.File.Tolerance("smollm2 p_actions")));
        var norm = expected["vector_norm"].AsDouble();
        check.Close(expected["vector_norm"], vector.Norm(0), new Tolerance(0, relative));
        var wanted = expected["vector_scaled"].AsDoubles();
        var difference = 0.0;
        for (var i = 0; i < wanted.Length; i++) difference += Math.Pow(wanted[i] - vector.Direction(0)[i], 2);
        check.That(wanted.Length == vector.Width && Math.Sqrt(difference) <= relative * norm, expected["vector_scaled"].Path, $"within {relative * norm:g3} in length", $"{Math.Sqrt(difference):g3} away");
    }

    private static void Prompt(LanguageModel model, GoldenCase @case, GoldenCheck check, CancellationToken cancellation)
    {
        var expected = @case.Expected;
        var (ids, layer, actions) = (@case.Input["ids"].AsInts(), @case.Input["layer"].AsInt(), @case.Input["action_ids"].AsInts());
        var probability = new Tolerance(@case.File.Tolerance("smollm2 p_actions"));
        var plain = LastLogits(model, ids, null, cancellation);
        Choice(check, expected, plain, actions, probability);

        var activation = Activation(model, ids, layer, cancellation);
        var norm = expected["activation_norm"].AsDouble();
        var relative = @case.File.Tolerance("smollm2 activations");
        check.Close(expected["activation_norm"], Math.Sqrt(activation.Sum(static v => (double)v * v)), new Tolerance(0, relative));
        var first = expected["activation_first_16"].AsDoubles();
        check.Tensor(expected["activation_first_16"], activation.AsSpan(0, first.Length), new Tolerance(relative * norm));

        // The vector is that of the case which names this one among its prompts.
        var source = @case.File.Cases.First(c => c.Input.Find("from_cases")?.AsStrings().Contains(@case.Name) == true);
        var vector = Fit(model, source, cancellation).Vector;
        foreach (var (beta, run) in expected["after_steering_by_beta"].Properties)
        {
            var hook = new SteeringHook(vector, model, double.Parse(beta, System.Globalization.CultureInfo.InvariantCulture)) { FromPosition = @case.Input["steer_from_position"].AsInt() };
            var steered = LastLogits(model, ids, hook, cancellation);
            Choice(check, run, steered, actions, probability);
            check.Equal(run["top1"], steered.AsSpan().IndexOf(steered.Max()));
            var change = Math.Sqrt(steered.Zip(plain, static (a, b) => Math.Pow((double)a - b, 2)).Sum());
            check.Close(run["logit_change_norm"], change, new Tolerance(0, @case.File.Tolerance("smollm2 vector")));
        }
    }

    // dH/dp of two actions is ln((1 − p)/p), below 5 down to p = 0.7 %.
    private static void Choice(GoldenCheck check, GoldenValue expected, float[] logits, int[] actions, Tolerance probability)
    {
        var own = ActionDistribution.OfTokens(logits, actions);
        check.Tensor(expected["p_actions"], [.. own.Probabilities], probability);
        check.Close(expected["action_entropy"], own.Entropy, new Tolerance(5 * probability.Absolute));
    }

    private static (SteeringVector Vector, double[] Weights) Fit(LanguageModel model, GoldenCase source, CancellationToken cancellation)
    {
        var layer = source.Input["layer"].AsInt();
        var prompts = source.Input["from_cases"].AsStrings().Select(name => source.File.Cases.First(c => c.Name == name).Input).ToList();
        var activations = prompts.Select(p => Activation(model, p["ids"].AsInts(), layer, cancellation)).ToList();
        var entropies = prompts.Select(p => ActionDistribution.OfTokens(LastLogits(model, p["ids"].AsInts(), null, cancellation), p["action_ids"].AsInts()).Entropy).ToArray();
        var method = new EntropicActivationSteering();
        return (method.CreateVector(model, layer, activations, entropies), method.Fit(activations, entropies).Weights);
    }

    private static float[] Activation(LanguageModel model, int[] ids, int layer, CancellationToken cancellation)
    {
        using var reader = new ActivationCapture(model, HookPoint.ResidPost, [layer], ActivationPooling.LastToken, s_exact, SequenceOptions.Exact);
        return reader.Read(ids, cancellation)[0];
    }

    private static float[] LastLogits(LanguageModel model, int[] ids, SteeringHook? hook, CancellationToken cancellation)
    {
        using var pass = new Pass(hook?.Steer(s_exact) ?? s_exact);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows, cancellation)).Span.ToArray();
    }
}
