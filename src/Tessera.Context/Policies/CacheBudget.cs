namespace Tessera.Context.Policies;

/// <summary>How many slots a KV head may keep: a share of the prompt, or a number.</summary>
public readonly record struct CacheBudget
{
    private readonly double _value;

    /// <summary>Reads a budget.</summary>
    /// <param name="value">Above 0 and at most 1: a share of the prompt's tokens, 1 for no limit. From 2 on: slots, a whole number.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is neither.</exception>
    public CacheBudget(double value)
    {
        if (!(value > 0) || value > int.MaxValue || value > 1 && value != Math.Floor(value))
            throw new ArgumentOutOfRangeException(nameof(value), value, "A budget is a share of the prompt above 0 and up to 1, or a whole number of slots from 2 on.");
        _value = value;
    }

    /// <summary>Whether everything is kept.</summary>
    public bool IsWhole => _value == 1;

    /// <summary>Whether it is a share of the prompt.</summary>
    public bool IsShare => _value <= 1;

    /// <summary>The share, or the slots.</summary>
    public double Value => _value;

    /// <summary>The slots for a prompt.</summary>
    /// <param name="promptTokens">Tokens that had been read when the prompt ended.</param>
    /// <returns>At least 1; a share is rounded down.</returns>
    public int Slots(int promptTokens) => IsWhole ? int.MaxValue : IsShare ? Math.Max(1, (int)(promptTokens * _value)) : (int)_value;
}
