namespace Tessera.Generation;

/// <summary>Adds a number to the logits of chosen tokens; −∞ bans a token. OpenAI's <c>logit_bias</c>, where −100 to 100 is allowed.</summary>
public sealed class LogitBias : LogitsStage
{
    private readonly KeyValuePair<int, float>[] _bias;

    /// <summary>Creates the stage.</summary>
    /// <param name="bias">Token id to number; finite, or −∞.</param>
    /// <exception cref="ArgumentException">An id is negative, or a number is NaN or +∞.</exception>
    public LogitBias(IReadOnlyDictionary<int, float> bias)
    {
        ArgumentNullException.ThrowIfNull(bias);
        _bias = [.. bias];
        foreach (var (id, value) in _bias)
        {
            if (id < 0 || !(value < float.PositiveInfinity))
                throw new ArgumentException($"LogitBias: {value} for token {id}; ids start at 0 and a bias is finite or −∞.", nameof(bias));
        }
    }

    /// <inheritdoc/>
    public override string Name => "logit bias";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A biased token lies outside the vocabulary.</exception>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var ban = false;
        foreach (var (id, value) in _bias)
        {
            if (id >= candidates.VocabularySize)
                throw new ArgumentException($"LogitBias: token {id} is not among the {candidates.VocabularySize} of the vocabulary.");
            var i = candidates.IndexOf(id);
            if (i < 0)
                continue;
            if (value > float.NegativeInfinity)
                candidates.Set(i, (double)candidates.Logits[i] + value);
            else
                candidates.Logits[i] = value;
            ban |= value == float.NegativeInfinity;
        }

        if (ban)
            candidates.DropImpossible();
    }
}
