namespace Tessera.Insight.Steering;

/// <summary>
/// EAST: a direction in a layer's residual stream along which an agent becomes less (or more) sure of what to do. The activations at the last
/// token of many prompts are averaged with the entropy of the agent's choice of action at each as their weight, and the plain average is taken
/// off. Added from the last prompt token on, it raises the entropy of actions where token temperature only garbles the text.
/// </summary>
[Method("east", "Controlling Large Language Model Agents with Entropic Activation Steering", "2406.00244", 2024, MethodStage.Hook)]
public sealed class EntropicActivationSteering
{
    /// <summary>Creates the method.</summary>
    /// <param name="centre">Whether the activations' mean is taken off, which leaves what goes with entropy; without, the vector is mostly what all prompts have in common. Default true.</param>
    /// <param name="share">The vector's length as a share of the activations' mean length, above 0; 0 keeps the length that came out. Default 0.1.</param>
    public EntropicActivationSteering(bool centre = true, double share = 0.1)
    {
        if (!double.IsFinite(share) || share < 0) throw new ArgumentOutOfRangeException(nameof(share), share, "A share is a number from 0.");
        (Centre, Share) = (centre, share);
    }

    /// <summary>Whether the activations' mean is taken off.</summary>
    public bool Centre { get; }

    /// <summary>The vector's length as a share of the activations' mean length; 0 keeps the length that came out.</summary>
    public double Share { get; }

    /// <summary>The entropy-weighted average of activations.</summary>
    /// <param name="activations">An activation a prompt, [prompts, width].</param>
    /// <param name="entropies">The entropy of each prompt's actions, in nats, at least 0.</param>
    /// <exception cref="ArgumentException">There is no prompt, widths or numbers differ, a value is not finite or negative, or all entropies are 0.</exception>
    public EntropicDirection Fit(IReadOnlyList<float[]> activations, ReadOnlySpan<double> entropies)
    {
        ArgumentNullException.ThrowIfNull(activations);
        return Fit([.. activations.Select(row => Array.ConvertAll(row, v => (double)v))], entropies);
    }

    /// <summary>The entropy-weighted average of activations in double precision.</summary>
    /// <inheritdoc cref="Fit(IReadOnlyList{float[]}, ReadOnlySpan{double})"/>
    public EntropicDirection Fit(IReadOnlyList<double[]> activations, ReadOnlySpan<double> entropies)
    {
        ArgumentNullException.ThrowIfNull(activations);
        var weights = Weights(entropies);
        if (activations.Count != weights.Length) throw new ArgumentException($"{activations.Count} activations and {weights.Length} entropies.", nameof(activations));
        var width = activations[0].Length;
        var (weighted, mean, length) = (new double[width], new double[width], 0.0);
        for (var p = 0; p < weights.Length; p++)
        {
            var row = activations[p];
            if (row.Length != width) throw new ArgumentException("All activations have one width.", nameof(activations));
            var square = 0.0;
            for (var i = 0; i < width; i++)
            {
                weighted[i] += weights[p] * row[i];
                mean[i] += row[i] / weights.Length;
                square += row[i] * row[i];
            }

            length += Math.Sqrt(square) / weights.Length;
        }

        if (!double.IsFinite(length)) throw new ArgumentException("An activation is not finite.", nameof(activations));
        var (centred, norm) = (new double[width], 0.0);
        for (var i = 0; i < width; i++)
        {
            centred[i] = weighted[i] - mean[i];
            norm += centred[i] * centred[i];
        }

        return new EntropicDirection(weights, weighted, Centre ? centred : [.. weighted], length, !EntropicDirection.IsNothing(Math.Sqrt(norm), length));
    }

    /// <summary>Makes the steering vector of a layer's residual stream.</summary>
    /// <param name="model">The model that the activations are of.</param>
    /// <param name="layer">The layer behind which they were taken (<see cref="Models.Hooks.HookPoint.ResidPost"/>), 0-based.</param>
    /// <param name="activations">An activation a prompt, [prompts, width].</param>
    /// <param name="entropies">The entropy of each prompt's actions, in nats.</param>
    /// <exception cref="ArgumentException">As by <see cref="Fit(IReadOnlyList{float[]}, ReadOnlySpan{double})"/>, or there is no signal: all entropies are equal.</exception>
    public SteeringVector CreateVector(Models.LanguageModel model, int layer, IReadOnlyList<float[]> activations, ReadOnlySpan<double> entropies)
    {
        var fit = Fit(activations, entropies);
        if (!fit.HasSignal) throw new ArgumentException("There is no signal: the entropies of all prompts are equal. Take prompts among which the agent is more and less sure.", nameof(entropies));
        var direction = Share == 0 ? fit.Direction : fit.Scaled(Share)!;
        return new SteeringVector(model, Models.Hooks.HookPoint.ResidPost, [layer], [Array.ConvertAll(direction, v => (float)v)], "EAST")
        {
            Notes = new Dictionary<string, string>
            {
                ["prompts"] = FormattableString.Invariant($"{activations.Count}"), ["centred"] = Centre ? "true" : "false", ["share"] = FormattableString.Invariant($"{Share:G6}"),
                ["mean_norm"] = FormattableString.Invariant($"{fit.MeanNorm:G6}"), ["mean_entropy"] = FormattableString.Invariant($"{Mean(entropies):G6}"),
            },
        };
    }

    private static double[] Weights(ReadOnlySpan<double> entropies)
    {
        if (entropies.IsEmpty) throw new ArgumentException("There is no prompt.", nameof(entropies));
        var sum = 0.0;
        foreach (var entropy in entropies)
        {
            if (!double.IsFinite(entropy) || entropy < 0) throw new ArgumentException($"An entropy is a number from 0, not {entropy}.", nameof(entropies));
            sum += entropy;
        }

        if (sum == 0) throw new ArgumentException("All entropies are 0: the agent is sure at every prompt, so that nothing tells which way doubt lies.", nameof(entropies));
        var weights = entropies.ToArray();
        for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
