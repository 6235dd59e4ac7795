namespace Tessera.Learning.Data;

/// <summary>
/// One long stream of tokens, cut into windows of equal length and visited in an order that is a pure function of seed and epoch. Each
/// epoch starts the cut elsewhere, so that a token is not always at the same place of its window.
/// </summary>
public sealed class TokenWindows
{
    private readonly int[] _tokens;
    private readonly ulong _seed;
    private int _epoch = -1;
    private int[] _order = [];

    /// <summary>Wraps a stream of tokens.</summary>
    /// <param name="tokens">The stream: documents one behind the other, each ended by its end token.</param>
    /// <param name="length">Tokens that a window predicts from; it holds one more, the last one's label.</param>
    /// <param name="seed">Seeds the order.</param>
    /// <exception cref="ArgumentException">The stream is too short for two windows.</exception>
    public TokenWindows(int[] tokens, int length, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (tokens.Length < 2 * length + 1) throw new ArgumentException($"{tokens.Length:N0} tokens are too few for windows of {length}.", nameof(tokens));
        _tokens = tokens;
        Length = length;
        _seed = seed;
    }

    /// <summary>Tokens that a window predicts from.</summary>
    public int Length { get; }

    /// <summary>Windows of an epoch.</summary>
    public int Count => (_tokens.Length - 1) / Length - 1;

    /// <summary>A window of the endless sequence of epochs.</summary>
    /// <param name="index">Its index: window <c>index mod Count</c> of epoch <c>index / Count</c>.</param>
    /// <returns><see cref="Length"/> + 1 tokens.</returns>
    public ReadOnlySpan<int> this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            var epoch = checked((int)(index / Count));
            if (epoch != _epoch) Shuffle(epoch);
            var shift = new RandomKey(_seed, (uint)epoch, 0, RandomPurpose.Shuffle).Below(Length);
            return _tokens.AsSpan(shift + _order[(int)(index % Count)] * Length, Length + 1);
        }
    }

    // Fisher–Yates, each draw named by its place.
    private void Shuffle(int epoch)
    {
        _order = [.. Enumerable.Range(0, Count)];
        for (var i = _order.Length - 1; i > 0; i--)
        {
            var j = new RandomKey(_seed, (uint)epoch, (uint)i, RandomPurpose.Shuffle).Below(i + 1, index: 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }

        _epoch = epoch;
    }
}
