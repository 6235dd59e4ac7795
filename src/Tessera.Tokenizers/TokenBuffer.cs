using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers;

/// <summary>
/// Tokens on their way out: ids, bounds in bytes, the word (split) that each belongs to. The fused pipelines write ids alone, and bounds only
/// when asked. Where only the number is wanted, ids are forgotten from time to time. Reused; grows, never shrinks.
/// </summary>
internal sealed class TokenBuffer
{
    private const int BytesPerToken = 4; // of English; others take more tokens, and find half of the room at least
    private const int MostCounted = 1 << 12; // ids held while counting

    private int[] _ids = new int[64];
    private int[] _starts = new int[64];
    private int[] _ends = new int[64];
    private int[] _words = new int[64];
    private readonly Dictionary<int, string> _texts = [];
    private bool _countsOnly;
    private int _forgotten;

    /// <summary>The number of tokens held.</summary>
    public int Count { get; private set; }

    /// <summary>The number of tokens, those forgotten included.</summary>
    public int Total => Count + _forgotten;

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
    public void Clear(bool detailed, bool countsOnly = false)
    {
        Count = _forgotten = 0;
        IsDetailed = detailed;
        _countsOnly = countsOnly;
        _texts.Clear();
    }

    /// <summary>Appends a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count == _ids.Length || Count >= _starts.Length) Grow();
        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count] = end;
        Count++;
    }

    /// <summary>Takes back what was added last.</summary>
    /// <param name="count">How many tokens stay.</param>
    public void Truncate(int count) => Count = count;

    /// <summary>The array of ids with room for more, for writing from <see cref="Count"/> on; <see cref="Commit"/> says how far that went.</summary>
    public int[] Reserve(int more)
    {
        if (_countsOnly && Count > MostCounted)
        {
            _forgotten += Count;
            Count = 0;
        }

        if (_ids.Length - Count < more)
        {
            var larger = GC.AllocateUninitializedArray<int>(Math.Max(checked(Count + more), (int)Math.Min(Array.MaxLength, 2L * _ids.Length)));
            Ids.CopyTo(larger);
            _ids = larger;
        }

        return _ids;
    }

    /// <summary>Makes room for what a text becomes as a rule, so that a long one is not copied again and again as its tokens come.</summary>
    /// <param name="bytes">The length of the text.</param>
    public void Expect(int bytes)
    {
        if (!_countsOnly) Reserve(bytes / BytesPerToken);
    }

    /// <summary>Sets the number of tokens after ids were written to <see cref="Reserve"/>'s array.</summary>
    public void Commit(int count) => Count = count;

    /// <summary>Appends ids.</summary>
    public void Append(ReadOnlySpan<int> ids)
    {
        ids.CopyTo(Reserve(ids.Length).AsSpan(Count));
        Count += ids.Length;
    }

    /// <summary>Makes room for the bounds and words of all tokens.</summary>
    public void RoomForDetails()
    {
        if (_starts.Length >= Count) return;
        Array.Resize(ref _starts, _ids.Length);
        Array.Resize(ref _ends, _ids.Length);
        Array.Resize(ref _words, _ids.Length);
    }

    /// <summary>Says that the token added last is shown as another text than its id's (unknown text, an added token as it stood).</summary>
    public void SetText(ReadOnlySpan<byte> text)
    {
        if (IsDetailed) _texts[Count - 1] = System.Text.Encoding.UTF8.GetString(text);
    }

    /// <summary>The text set by <see cref="SetText"/>, or null.</summary>
    public string? TextOf(int index) => _texts.Count == 0 ? null : _texts.GetValueOrDefault(index);

    private void Grow()
    {
        if (Count == _ids.Length) Array.Resize(ref _ids, 2 * Count);
        Array.Resize(ref _starts, _ids.Length);
        Array.Resize(ref _ends, _ids.Length);
        Array.Resize(ref _words, _ids.Length);
    }
}
