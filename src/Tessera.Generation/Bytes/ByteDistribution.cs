namespace Tessera.Generation;

/// <summary>The probabilities of the next byte: 256 bytes, and the end of the text. In logarithms; a byte that no token can spell has −∞.</summary>
public sealed class ByteDistribution
{
    /// <summary>The place of the text's end behind those of the bytes.</summary>
    public const int End = 256;

    private readonly double[] _logs;

    /// <summary>Normalises weights.</summary>
    /// <param name="logWeights">Natural logarithms of 257 weights, the end's last.</param>
    /// <exception cref="ArgumentException">There are not 257, one is NaN or +∞, or all are −∞.</exception>
    public ByteDistribution(ReadOnlySpan<double> logWeights)
    {
        if (logWeights.Length != End + 1) throw new ArgumentException($"There are {End + 1} symbols, not {logWeights.Length}.", nameof(logWeights));
        var most = double.NegativeInfinity;
        foreach (var weight in logWeights)
        {
            if (double.IsNaN(weight) || double.IsPositiveInfinity(weight)) throw new ArgumentException("A weight is no number.", nameof(logWeights));
            most = Math.Max(most, weight);
        }

        if (double.IsNegativeInfinity(most)) throw new ArgumentException("Nothing is possible.", nameof(logWeights));
        var sum = 0.0;
        foreach (var weight in logWeights) sum += Math.Exp(weight - most);
        var total = most + Math.Log(sum);
        _logs = new double[End + 1];
        for (var i = 0; i < _logs.Length; i++) _logs[i] = logWeights[i] - total;
    }

    /// <summary>ln of a symbol's probability: a byte, or <see cref="End"/>.</summary>
    /// <param name="symbol">0 to 256.</param>
    public double this[int symbol] => _logs[symbol];

    /// <summary>All of them, the end's last.</summary>
    public ReadOnlySpan<double> LogProbabilities => _logs;

    /// <summary>Σ −p ln p, in nats.</summary>
    public double Entropy
    {
        get
        {
            var sum = 0.0;
            foreach (var log in _logs) sum -= double.IsNegativeInfinity(log) ? 0 : Math.Exp(log) * log;
            return sum;
        }
    }

    /// <summary>The possible symbols, most probable first, bytes in ascending order on ties and the end last.</summary>
    public IReadOnlyList<int> Ranked() => [.. Enumerable.Range(0, End + 1).Where(i => !double.IsNegativeInfinity(_logs[i])).OrderByDescending(i => _logs[i])];

    /// <summary>The distribution at a temperature, cut to the most probable symbols.</summary>
    /// <param name="temperature">Divisor of the logarithms, at least 0; 0 leaves the most probable symbol.</param>
    /// <param name="topP">Probability of the most probable symbols that stay, above 0 and at most 1.</param>
    public ByteDistribution Shape(double temperature, double topP)
    {
        Require.NotNegative(temperature, nameof(temperature));
        Require.Positive(Require.InRange(topP, 0, 1, nameof(topP)), nameof(topP));
        if (temperature == 1 && topP == 1) return this;
        var ranked = Ranked();
        var weights = new double[End + 1];
        weights.AsSpan().Fill(double.NegativeInfinity);
        if (temperature == 0)
        {
            weights[ranked[0]] = 0;
            return new ByteDistribution(weights);
        }

        foreach (var symbol in ranked) weights[symbol] = _logs[symbol] / temperature;
        var shaped = new ByteDistribution(weights);
        var mass = 0.0;
        foreach (var symbol in ranked)
        {
            if (mass >= topP) weights[symbol] = double.NegativeInfinity;
            mass += Math.Exp(shaped[symbol]);
        }

        return topP == 1 ? shaped : new ByteDistribution(weights);
    }

    /// <summary>Draws a symbol.</summary>
    /// <param name="uniform">A uniform number in [0, 1).</param>
    public int Draw(double uniform)
    {
        var (last, sum) = (0, 0.0);
        for (var i = 0; i < _logs.Length; i++)
        {
            if (double.IsNegativeInfinity(_logs[i])) continue;
            last = i;
            sum += Math.Exp(_logs[i]);
            if (uniform < sum) return i;
        }

        return last;
    }
}
