namespace Tessera.Generation;

/// <summary>The place in a session where the strategy that ran last keeps what it has learnt.</summary>
internal sealed class StrategyMemory
{
    /// <summary>The strategy.</summary>
    public Strategy? Owner { get; set; }

    /// <summary>What it keeps.</summary>
    public object? Value { get; set; }
}
