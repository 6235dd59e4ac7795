using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>The texts of tokens that are shown as another one than their id's.</summary>
    public ShownTexts Texts { get; } = new();

    /// <summary>Starts anew.</summary>
    public void Clear(bool detailed, bool countsOnly = false)
    {
        Count = _forgotten = 0;
        IsDetailed = detailed;
        _countsOnly = countsOnly;
        Texts.Clear();
    }

    /// <summary>Appends a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count >= _starts.Length) Grow();
        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count] = end;
        Count++;
    }

    /// <summary>Appends the tokens of a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="at">Where it starts; added to every bound.</param>
    /// <param name="mark">What stands in front of it.</param>
    /// <param name="word">The word of them all.</param>
    public void Append(in SplitCache.Slot piece, int at, WordMark mark, int word)
    {
        var start = mark.Start(at);
        ref var ids = ref Unsafe.As<SplitCache.Ids, int>(ref Unsafe.AsRef(in piece.Tokens));
        for (var i = 0; i < piece.Count; i++)
        {
            var end = at + (int)(piece.Ends >> 8 * i & 0xFF);
            Add(Unsafe.Add(ref ids, i), start, Math.Max(end, mark.LeastEnd(at)));
            _words[Count - 1] = word;
            start = end;
        }
    }

    /// <summary>As <see cref="Append(in SplitCache.Slot, int, WordMark, int)"/>, by vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AppendAtOnce(in SplitCache.Slot piece, int at, WordMark mark, int word)
    {
        var from = Count;
        if (_starts.Length - from < SplitCache.MostTokens) Grow();
        ref var ids = ref Unsafe.As<SplitCache.Ids, int>(ref Unsafe.AsRef(in piece.Tokens));
        Write(_ids, from, Vector128.LoadUnsafe(ref ids), Vector128.LoadUnsafe(ref ids, 4));
        if (IsDetailed)
        {
            Write(_starts, from, Vector128.CreateScalar(piece.Ends << 8).AsByte(), at, at);
            _starts[from] = mark.Start(at);
            Write(_ends, from, Vector128.CreateScalar(piece.Ends).AsByte(), at, mark.LeastEnd(at));
            Write(_words, from, Vector128.Create(word), Vector128.Create(word));
        }

        Count = from + piece.Count;
    }

    /// <summary>Gives tokens that were added with bounds in their piece their places in the text.</summary>
    /// <param name="first">The first of them; all others behind it follow.</param>
    /// <param name="at">Where the piece starts.</param>
    /// <param name="mark">What stands in front of it, and that bounds count from.</param>
    /// <param name="word">Their word.</param>
    public void Place(int first, int at, WordMark mark, int word)
    {
        if (!IsDetailed) return;
        for (var i = first; i < Count; i++)
        {
            _starts[i] = _starts[i] < mark.Length ? mark.Start(at) : at + _starts[i] - mark.Length;
            _ends[i] = Math.Max(at + _ends[i] - mark.Length, mark.LeastEnd(at));
            _words[i] = word;
        }
    }

    /// <summary>Takes back what was added last.</summary>
    /// <param name="count">How many tokens stay.</param>
    public void Truncate(int count)
    {
        Count = count;
        Texts.Truncate(count);
    }

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
    public void SetText(ReadOnlySpan<byte> text) => SetText(Count - 1, text);

    /// <summary>Says that a token, behind all of which that was said, is shown as another text than its id's.</summary>
    public void SetText(int place, ReadOnlySpan<byte> text)
    {
        if (IsDetailed) Texts.Add(place, text);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(int[] into, int from, Vector128<byte> bytes, int at, int least)
    {
        var (shorts, floor) = (Vector128.WidenLower(bytes), Vector128.Create(least));
        Write(into, from, Vector128.Max(Vector128.WidenLower(shorts).AsInt32() + Vector128.Create(at), floor), Vector128.Max(Vector128.WidenUpper(shorts).AsInt32() + Vector128.Create(at), floor));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(int[] into, int from, Vector128<int> first, Vector128<int> second)
    {
        ref var start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(into), from);
        first.StoreUnsafe(ref start);
        second.StoreUnsafe(ref start, 4);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        if (_ids.Length - Count < SplitCache.MostTokens) Array.Resize(ref _ids, 2 * _ids.Length);
        Array.Resize(ref _starts, _ids.Length);
        Array.Resize(ref _ends, _ids.Length);
        Array.Resize(ref _words, _ids.Length);
    }
}
