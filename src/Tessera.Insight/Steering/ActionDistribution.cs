namespace Tessera.Insight.Steering;

/// <summary>How an agent's choice among a few actions is spread at one prompt, counted from sampled completions or read off the next token's logits.</summary>
public sealed class ActionDistribution
{
    private ActionDistribution(double[] probabilities, int? parsed, int? completions, int observed)
    {
        (Probabilities, Parsed, Completions) = (probabilities, parsed, completions);
        foreach (var p in probabilities)
        {
            if (p > 0) Entropy -= p * Math.Log(p);
        }

        if (parsed > 0) MillerMadowEntropy = Entropy + (observed - 1) / (2.0 * parsed.Value);
        else MillerMadowEntropy = Entropy;
    }

    /// <summary>The probability of each action; zeros where no completion named one.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>−Σ p ln p, in nats.</summary>
    public double Entropy { get; }

    /// <summary>The entropy with Miller and Madow's correction for few samples, (actions seen − 1) / (2 · parsed completions); the plain one where nothing was sampled.</summary>
    public double MillerMadowEntropy { get; }

    /// <summary>How many completions named an action; null where the distribution is exact.</summary>
    public int? Parsed { get; }

    /// <summary>How many completions there were; null where the distribution is exact.</summary>
    public int? Completions { get; }

    /// <summary>Whether the prompt is fit for use: at least half of its completions named an action.</summary>
    public bool IsKept => Parsed is not { } parsed || (parsed > 0 && parsed * 2 >= Completions);

    /// <summary>Counts sampled completions.</summary>
    /// <param name="actions">The action that each completion names, from 0; null where it names none.</param>
    /// <param name="count">How many actions there are, at least 1.</param>
    /// <exception cref="ArgumentException">There is no completion, or an action is not among them.</exception>
    public static ActionDistribution OfSamples(ReadOnlySpan<int?> actions, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (actions.IsEmpty) throw new ArgumentException("There is no completion.", nameof(actions));
        var (counts, parsed) = (new double[count], 0);
        foreach (var action in actions)
        {
            if (action is not { } named) continue;
            if ((uint)named >= (uint)count) throw new ArgumentOutOfRangeException(nameof(actions), named, $"There are the actions 0 to {count - 1}.");
            counts[named]++;
            parsed++;
        }

        var observed = counts.Count(c => c > 0);
        return new ActionDistribution(parsed == 0 ? counts : Array.ConvertAll(counts, c => c / parsed), parsed, actions.Length, observed);
    }

    /// <summary>Reads the distribution off the next token's logits where each action is one token: exact, and one pass in place of many completions.</summary>
    /// <param name="logits">The logits at the place of the decision, [vocabulary].</param>
    /// <param name="actionIds">The token of each action, at least one, each once.</param>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, stands twice, or none of them is possible.</exception>
    public static ActionDistribution OfTokens(ReadOnlySpan<float> logits, ReadOnlySpan<int> actionIds)
    {
        if (actionIds.IsEmpty) throw new ArgumentException("There is no action.", nameof(actionIds));
        var (max, probabilities) = (float.NegativeInfinity, new double[actionIds.Length]);
        for (var i = 0; i < actionIds.Length; i++)
        {
            if ((uint)actionIds[i] >= (uint)logits.Length) throw new ArgumentOutOfRangeException(nameof(actionIds), actionIds[i], $"The vocabulary has {logits.Length} tokens.");
            if (actionIds[..i].Contains(actionIds[i])) throw new ArgumentException($"Token {actionIds[i]} stands for two actions.", nameof(actionIds));
            max = Math.Max(max, logits[actionIds[i]]);
        }

        if (!float.IsFinite(max)) throw new ArgumentException("None of the actions is possible, or a logit is not a number.", nameof(logits));
        var sum = 0.0;
        for (var i = 0; i < actionIds.Length; i++) sum += probabilities[i] = Math.Exp((double)logits[actionIds[i]] - max);
        return new ActionDistribution(Array.ConvertAll(probabilities, p => p / sum), null, null, actionIds.Length);
    }
}
