namespace Tessera.Models.Passes;

/// <summary>How much work a schedule has let through. Several schedules may share one: it then counts for all of them.</summary>
public sealed class ScheduleCounts
{
    private long[] _rows = [];

    /// <summary>Tokens that the sequences have grown by; without a schedule each would have run through every layer.</summary>
    public long Tokens { get; private set; }

    /// <summary>Rows that ran, by layer.</summary>
    public ReadOnlySpan<long> Rows => _rows;

    /// <summary>Rows that ran, over all layers.</summary>
    public long TotalRows => _rows.Sum();

    /// <summary>Rows that ran of tokens of earlier passes: these had been left out, waited, and came back.</summary>
    public long Revived { get; private set; }

    /// <summary>Adds a pass.</summary>
    /// <param name="tokens">Tokens that the sequence grew by.</param>
    /// <param name="rows">Rows that ran, by layer.</param>
    /// <param name="revived">Those of them that were of tokens of earlier passes.</param>
    internal void Add(int tokens, ReadOnlySpan<int> rows, int revived)
    {
        if (_rows.Length < rows.Length) Array.Resize(ref _rows, rows.Length);
        for (var layer = 0; layer < rows.Length; layer++) _rows[layer] += rows[layer];
        Tokens += tokens;
        Revived += revived;
    }
}
