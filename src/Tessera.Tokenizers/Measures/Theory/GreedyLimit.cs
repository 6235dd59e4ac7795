namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>
/// What becomes of a greedy dictionary on an endless text of a switching source, exactly: how often each entry is used, and what the best
/// model without memory over them spends.
/// </summary>
/// <remarks>
/// Greedy cutting is a finite machine: it holds the symbols that it has read and not yet cut, and cuts as soon as no entry can go on. With the
/// source's last symbols that is a Markov chain; its long-run distribution gives the rate of every entry.
/// </remarks>
public sealed class GreedyLimit
{
    private const int MostStates = 1 << 16;
    private const int MostSteps = 1_000_000;
    private const double Settled = 1e-15;

    private readonly GreedyDictionary _dictionary;
    private readonly SwitchingSource _source;
    private readonly Dictionary<(string Held, string History), int> _ids = [];
    private readonly List<(string Held, string History)> _states = [];
    private readonly List<(int From, int To, double Probability, int[] Cut)> _steps = [];

    /// <summary>Computes the limit.</summary>
    /// <param name="dictionary">The dictionary; it must hold both symbols.</param>
    /// <param name="source">The source.</param>
    /// <exception cref="ArgumentException">The dictionary lacks a symbol.</exception>
    /// <exception cref="ResourceLimitException">The machine has more than 65,536 states.</exception>
    public GreedyLimit(GreedyDictionary dictionary, SwitchingSource source)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(source);
        if (!dictionary.Entries.Contains("0") || !dictionary.Entries.Contains("1")) throw new ArgumentException("The dictionary must hold 0 and 1.", nameof(dictionary));
        (_dictionary, _source) = (dictionary, source);
        Explore();
        var rates = Rates(LongRun());
        TokensPerSymbol = rates.Sum();
        Probabilities = [.. rates.Select(r => r / TokensPerSymbol)];
        UnigramLoss = -TokensPerSymbol * Probabilities.Where(static p => p > 0).Sum(static p => p * Math.Log2(p));
    }

    /// <summary>The share of each entry among the tokens, in the dictionary's order.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>Tokens a symbol.</summary>
    public double TokensPerSymbol { get; }

    /// <summary>What the best model without memory over the tokens spends, in bits a symbol.</summary>
    public double UnigramLoss { get; }

    private int Id((string Held, string History) state)
    {
        if (_ids.TryGetValue(state, out var id)) return id;
        if (_states.Count == MostStates) throw new ResourceLimitException("states of a greedy dictionary", MostStates + 1L, MostStates);
        _ids[state] = id = _states.Count;
        _states.Add(state);
        return id;
    }

    /// <summary>Every state that can be reached, and what each symbol makes of it.</summary>
    private void Explore()
    {
        var starts = Enumerable.Range(0, 1 << _source.Order).Select(i => ("", Convert.ToString(i, 2).PadLeft(_source.Order, '0')));
        foreach (var start in starts) Id(start);
        for (var from = 0; from < _states.Count; from++)
        {
            var (held, history) = _states[from];
            foreach (var symbol in "01")
            {
                var probability = symbol != history[0] ? _source.SwitchProbability : 1 - _source.SwitchProbability;
                if (probability == 0) continue;
                var cut = new List<int>();
                var rest = Cut(held + symbol, cut);
                _steps.Add((from, Id((rest, history[1..] + symbol)), probability, [.. cut]));
            }
        }
    }

    /// <summary>Cuts as much as is certain: as long as what is held cannot go on to a longer entry.</summary>
    private string Cut(string held, List<int> cut)
    {
        while (held.Length > 0)
        {
            var node = 0;
            var at = 0;
            while (at < held.Length && _dictionary.Child(node, held[at]) is >= 0 and var child)
            {
                node = child;
                at++;
            }

            if (at == held.Length && _dictionary.Branches(node)) break;
            var length = _dictionary.Longest(held, 0, out var entry);
            cut.Add(entry);
            held = held[length..];
        }

        return held;
    }

    /// <summary>The long-run share of each state. Staying put half of the time keeps cycles from swinging for ever and changes no share.</summary>
    private double[] LongRun()
    {
        var shares = new double[_states.Count];
        shares.AsSpan(0, 1 << _source.Order).Fill(1.0 / (1 << _source.Order));
        for (var step = 0; step < MostSteps; step++)
        {
            var next = shares.Select(static s => s / 2).ToArray();
            foreach (var (from, to, probability, _) in _steps) next[to] += shares[from] * probability / 2;
            var change = 0.0;
            for (var i = 0; i < next.Length; i++) change += Math.Abs(next[i] - shares[i]);
            shares = next;
            if (change < Settled) break;
        }

        return shares;
    }

    private double[] Rates(double[] shares)
    {
        var rates = new double[_dictionary.Entries.Count];
        foreach (var (from, _, probability, cut) in _steps)
        {
            foreach (var entry in cut) rates[entry] += shares[from] * probability;
        }

        return rates;
    }
}
