using Tessera.Insight.Steering;

namespace Tessera.Golden;

/// <summary>EAST's arithmetic: entropy-weighted directions from stored activations, and action entropies from stored completions.</summary>
internal sealed class EastReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "east-entropic-activation-steering" && @case.Has("input") && @case.Input.Find("kind")?.AsString() is "vector" or "action_entropy";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance("vector-*"));
        if (@case.Input["kind"].AsString() == "vector") Vector(@case, check, tolerance);
        else Actions(@case, check, tolerance);
    }

    private static void Vector(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (activations, entropies) = (@case.Input["activations"].AsDoubleRows(), @case.Input["entropies"].AsDoubles());
        var expected = @case.Expected;
        var centred = new EntropicActivationSteering().Fit(activations, entropies);
        var uncentred = new EntropicActivationSteering(centre: false).Fit(activations, entropies);
        check.Tensor(expected["weights"], centred.Weights, tolerance);
        check.Tensor(expected["weighted_mean"], centred.WeightedMean, tolerance);
        check.Tensor(expected["centred"], centred.Direction, tolerance);
        check.Tensor(expected["uncentred"], uncentred.Direction, tolerance);
        check.Equal(expected["no_signal"], !centred.HasSignal);
        Scaled(check, expected["centred_scaled"], centred.Scaled(), tolerance);
        Scaled(check, expected["uncentred_scaled"], uncentred.Scaled(), tolerance);
    }

    private static void Scaled(GoldenCheck check, GoldenValue expected, double[]? actual, Tolerance tolerance)
    {
        if (expected.IsNull || actual is null) check.That(expected.IsNull && actual is null, expected.Path, expected.IsNull ? "nothing to scale" : "a vector", actual is null ? "nothing" : "a vector");
        else check.Tensor(expected, actual, tolerance);
    }

    private static void Actions(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var actions = @case.Input["actions"].Items.Select(static a => a.IsNull ? (int?)null : a.AsInt() is >= 0 and var action ? action : null).ToArray();
        var own = ActionDistribution.OfSamples(actions, @case.Input["arms"].AsInt());
        var expected = @case.Expected;
        check.Equal(expected["parsed"], own.Parsed!.Value);
        check.Equal(expected["kept"], own.IsKept);
        check.Tensor(expected["distribution"], [.. own.Probabilities], tolerance);
        check.Close(expected["entropy"], own.Entropy, tolerance);
        check.Close(expected["entropy_miller_madow"], own.MillerMadowEntropy, tolerance);
    }
}
