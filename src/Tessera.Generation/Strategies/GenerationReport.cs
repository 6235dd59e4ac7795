namespace Tessera.Generation;

/// <summary>What it took to find an answer's tokens: passes, rows, drafts, and what a strategy counts besides. Counts decoding, not the prompt.</summary>
public sealed class GenerationReport
{
    private readonly List<KeyValuePair<string, double>> _counters = [];

    internal GenerationReport(string strategy) => Strategy = strategy;

    /// <summary>The strategy's name.</summary>
    public string Strategy { get; }

    /// <summary>Passes through the model.</summary>
    public int Passes { get; private set; }

    /// <summary>Rows that they ran together: 1 a pass without drafts.</summary>
    public long Rows { get; private set; }

    /// <summary>Tokens that were drafted and run.</summary>
    public long Drafted { get; private set; }

    /// <summary>Drafted tokens that became part of the answer.</summary>
    public int Accepted { get; private set; }

    /// <summary>What the strategy counts besides, by name (camelCase), in the order of first mention.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Counters => _counters;

    /// <summary>Adds to <see cref="Drafted"/>.</summary>
    /// <param name="tokens">How many.</param>
    public void CountDrafted(int tokens) => Drafted += tokens;

    /// <summary>Adds to a counter of the strategy's own.</summary>
    /// <param name="name">Its name, in camelCase.</param>
    /// <param name="by">How much.</param>
    public void Count(string name, double by = 1)
    {
        for (var i = 0; i < _counters.Count; i++)
        {
            if (_counters[i].Key != name) continue;
            _counters[i] = new(name, _counters[i].Value + by);
            return;
        }

        _counters.Add(new(name, by));
    }

    internal void CountPass(int rows)
    {
        Passes++;
        Rows += rows;
    }

    internal void CountAccepted() => Accepted++;
}
