namespace Tessera.Generation;

/// <summary>What a <see cref="LogitsStage"/> may know besides the candidates. Passed by the loop at every token; owns nothing.</summary>
public readonly ref struct StageContext
{
    /// <summary>Creates a context.</summary>
    /// <param name="history">All tokens of the sequence so far, prompt first.</param>
    /// <param name="promptLength">How many of them are the prompt (everything before this answer).</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="sequence">The caller's index of the sequence within its request.</param>
    public StageContext(ReadOnlySpan<int> history, int promptLength, ulong seed = 0, uint sequence = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(promptLength, history.Length);
        History = history;
        PromptLength = promptLength;
        Seed = seed;
        Sequence = sequence;
    }

    /// <summary>All tokens of the sequence so far, prompt first.</summary>
    public ReadOnlySpan<int> History { get; }

    /// <summary>How many tokens of the history are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The tokens generated so far.</summary>
    public ReadOnlySpan<int> Generated => History[PromptLength..];

    /// <summary>Position of the token that is being chosen, from 0.</summary>
    public int Position => History.Length;

    /// <summary>The user's seed.</summary>
    public ulong Seed { get; }

    /// <summary>The caller's index of the sequence within its request.</summary>
    public uint Sequence { get; }

    /// <summary>The random numbers of this position for a purpose; the same whatever ran before.</summary>
    /// <param name="purpose">What the number is for.</param>
    public RandomKey Random(RandomPurpose purpose) => new(Seed, Sequence, (uint)Position, purpose);
}
