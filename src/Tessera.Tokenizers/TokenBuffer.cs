using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers;

/// <summary>Tokens on their way out: ids, bounds in bytes, the word (split) that each belongs to. Reused; grows, never shrinks.</summary>
internal sealed class TokenBuffer
{
    private int[] _ids = new int[64];
    private int[] _starts = new int[64];
    private int[] _ends = new int[64];
    private int[] _words = new int[64];
    private readonly Dictionary<int, string> _texts = [];

    /// <summary>The number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Whether bounds and words are kept up.</summary>
    public bool IsDetailed { get; private set; }

    /// <summary>The ids.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where each token starts.</summary>
    public Span<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>Where each token ends.</summary>
    public Span<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>The word of each token.</summary>
    public Span<int> Words => _words.AsSpan(0, Count);

    /// <summary>Starts anew.</summary>
    public void Clear(bool detailed)
    {
        Count = 0;
        IsDetailed = detailed;
        _texts.Clear();
    }

    /// <summary>Appends a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count == _ids.Length) Grow();
        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count] = end;
        Count++;
    }

    /// <summary>Takes back what was added last.</summary>
    /// <param name="count">How many tokens stay.</param>
    public void Truncate(int count) => Count = count;

    /// <summary>Says that the token added last is shown as another text than its id's (unknown text, an added token as it stood).</summary>
    public void SetText(ReadOnlySpan<byte> text)
    {
        if (IsDetailed) _texts[Count - 1] = System.Text.Encoding.UTF8.GetString(text);
    }

    /// <summary>The text set by <see cref="SetText"/>, or null.</summary>
    public string? TextOf(int index) => _texts.Count == 0 ? null : _texts.GetValueOrDefault(index);

    private void Grow()
    {
        Array.Resize(ref _ids, 2 * Count);
        Array.Resize(ref _starts, 2 * Count);
        Array.Resize(ref _ends, 2 * Count);
        Array.Resize(ref _words, 2 * Count);
    }
}
