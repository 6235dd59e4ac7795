namespace Tessera.Tokenizers;

/// <summary>Collects tokens for a <see cref="Vocabulary"/>: one block of bytes that grows, nothing allocated per token.</summary>
/// <param name="capacity">About how many tokens will come.</param>
/// <param name="capacityBytes">About how many bytes they have together.</param>
internal sealed class VocabularyBuilder(int capacity = 64, int capacityBytes = 1_024)
{
    private byte[] _bytes = new byte[Math.Max(16, capacityBytes)];
    private int[] _starts = new int[Math.Max(16, capacity) + 1];
    private int[] _ids = new int[Math.Max(16, capacity)];
    private bool _counts = true; // whether ids are 0, 1, 2, … so far

    /// <summary>The number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Room for a token of up to a number of bytes; <see cref="Add(int, int)"/> takes what was written there.</summary>
    public Span<byte> Room(int bytes)
    {
        var at = _starts[Count];
        var needed = checked(at + bytes);
        if (_bytes.Length < needed) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
        return _bytes.AsSpan(at, bytes);
    }

    /// <summary>Adds the bytes written to <see cref="Room"/>.</summary>
    public void Add(int length, int id)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, 2 * Count);
            Array.Resize(ref _starts, 2 * Count + 1);
        }

        _counts &= id == Count;
        _ids[Count] = id;
        _starts[Count + 1] = _starts[Count] + length;
        Count++;
    }

    /// <summary>Adds a token.</summary>
    public void Add(ReadOnlySpan<byte> token, int id)
    {
        token.CopyTo(Room(token.Length));
        Add(token.Length, id);
    }

    /// <summary>The vocabulary of what was added; the builder is of no further use.</summary>
    public Vocabulary Build() => new(_bytes, FixedNumbers.Of(new ReadOnlySpan<int>(_starts, 0, Count + 1)), _counts ? null : FixedNumbers.Of(new ReadOnlySpan<int>(_ids, 0, Count)));
}
