namespace Tessera.Generation;

/// <summary>
/// Models that write one text together, byte by byte, whatever their vocabularies. A byte that one of them cannot go on with is left out, so that
/// all stay in the text; their ends of text count as one symbol.
/// </summary>
public sealed class ByteEnsemble : IByteSource
{
    private readonly IByteSource[] _members;
    private readonly double[] _weights;
    private readonly EnsembleRule _rule;

    /// <summary>Joins models that have begun the same text.</summary>
    /// <param name="members">At least one; disposed with the ensemble.</param>
    /// <param name="rule">How they are joined.</param>
    /// <param name="weights">Their weights, positive, normalised here; null, the default, for equal ones.</param>
    /// <exception cref="ArgumentException">There is no member, or the weights are not positive numbers, one for each.</exception>
    public ByteEnsemble(IReadOnlyList<IByteSource> members, EnsembleRule rule = EnsembleRule.Mixture, IReadOnlyList<double>? weights = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (members.Count == 0) throw new ArgumentException("An ensemble has at least one member.", nameof(members));
        if (!Enum.IsDefined(rule)) throw new ArgumentOutOfRangeException(nameof(rule), rule, "Mixture or product.");
        if (weights is not null && (weights.Count != members.Count || weights.Any(static w => !(w > 0 && double.IsFinite(w)))))
            throw new ArgumentException($"{members.Count} members have a weight each, positive numbers.", nameof(weights));
        (_members, _rule) = ([.. members], rule);
        var sum = weights?.Sum() ?? members.Count;
        _weights = [.. members.Select((_, i) => (weights?[i] ?? 1) / sum)];
    }

    /// <inheritdoc/>
    public int Length => _members[0].Length;

    /// <inheritdoc/>
    public int Calls => _members.Sum(static m => m.Calls);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is no byte that all can go on with.</exception>
    public ByteDistribution Next()
    {
        var laws = Array.ConvertAll(_members, static m => m.Next());
        var weights = new double[ByteDistribution.End + 1];
        for (var symbol = 0; symbol < weights.Length; symbol++)
        {
            weights[symbol] = laws.Any(l => double.IsNegativeInfinity(l[symbol])) ? double.NegativeInfinity
                : _rule == EnsembleRule.Product ? laws.Select((l, m) => _weights[m] * l[symbol]).Sum()
                : Math.Log(laws.Select((l, m) => _weights[m] * Math.Exp(l[symbol])).Sum());
        }

        return new ByteDistribution(weights);
    }

    /// <inheritdoc/>
    /// <remarks>Where one member fails, those before it have gone on: the ensemble is then of no use any more.</remarks>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        foreach (var member in _members) await member.AppendAsync(bytes, cancellation).ConfigureAwait(false);
    }

    /// <summary>Frees what the members hold.</summary>
    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
    }
}
