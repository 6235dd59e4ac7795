using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// UTF-8 text on its way through the pipeline, and for every byte the range of source bytes that it came from: those of one character have
/// ranges that <see cref="OffsetMap"/> rounds to the same. A view of the source
/// itself keeps no ranges (byte i stands for source byte <c>Base + i</c>); when nobody asks for offsets none are kept at all.
/// </summary>
/// <remarks>Reused from call to call; grows, never shrinks. Source ranges may cut characters; <see cref="OffsetMap"/> rounds outwards.</remarks>
internal sealed class TextBuffer
{
    /// <summary>The most bytes of a text that no source bounds: a pattern's or an added token's.</summary>
    private const long MostUnbounded = 1 << 26;

    private byte[] _bytes = [];
    private byte[] _own = [];
    private readonly SourceRuns _sources = new();
    private int _offset;
    private bool _isView;
    private bool _tracked;

    /// <summary>The text's length in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>How long the text may become; a file's replacements can otherwise make gigabytes of a line.</summary>
    public long MostBytes { get; set; } = MostUnbounded;

    /// <summary>The source position of byte 0 of a view.</summary>
    public int Base { get; private set; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_offset, Length);

    /// <summary>Whether source ranges are known.</summary>
    public bool HasRanges => _tracked;

    /// <summary>Makes this a view of part of the source; nothing is copied.</summary>
    /// <param name="source">The source.</param>
    /// <param name="start">Where the part starts.</param>
    /// <param name="length">Its length.</param>
    /// <param name="tracked">Whether what is made of it shall know its source ranges.</param>
    public void View(byte[] source, int start, int length, bool tracked)
    {
        _bytes = source;
        (_offset, Length, Base, _isView, _tracked) = (start, length, start, true, tracked);
    }

    /// <summary>Empties the buffer for writing.</summary>
    /// <param name="tracked">Whether source ranges will be asked for.</param>
    public void Clear(bool tracked)
    {
        _bytes = _own;
        (_offset, Length, Base, _isView, _tracked) = (0, 0, 0, false, tracked);
        _sources.Clear();
    }

    /// <summary>Where the source of a byte starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SourceStart(int index) => _isView ? Base + index : _tracked ? _sources.StartOf(index) : 0;

    /// <summary>Where the source of a byte ends (exclusive).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SourceEnd(int index) => _isView ? Base + index + 1 : _tracked ? _sources.EndOf(index) : 0;

    /// <summary>Turns bounds in this text into bounds in the source.</summary>
    /// <param name="from">Added to every bound first.</param>
    /// <param name="starts">Starts; one at the text's end stands for where the source of the text ends.</param>
    /// <param name="ends">Ends; an empty range stays one.</param>
    public void Locate(int from, Span<int> starts, Span<int> ends)
    {
        if (!_isView)
        {
            _sources.Locate(from, Length, starts, ends);
        }
        else if (Base + from != 0)
        {
            foreach (ref var start in starts) start += Base + from;
            foreach (ref var end in ends) end += Base + from;
        }
    }

    /// <summary>Appends bytes that all stand for one source range.</summary>
    public void Append(ReadOnlySpan<byte> bytes, int sourceStart, int sourceEnd)
    {
        if (bytes.Length == 0) return;
        bytes.CopyTo(Room(bytes.Length));
        if (_tracked) _sources.AddAll(Length, bytes.Length, sourceStart, sourceEnd);
        Length += bytes.Length;
    }

    /// <summary>Appends a scalar that stands for a source range.</summary>
    public void Append(int scalar, int sourceStart, int sourceEnd)
    {
        Span<byte> bytes = stackalloc byte[4];
        Append(bytes[..Utf8Text.Encode(scalar, bytes)], sourceStart, sourceEnd);
    }

    /// <summary>Appends a scalar in place of one of another buffer, whose source it stands for: byte for byte where it is as long.</summary>
    /// <param name="from">The other buffer.</param>
    /// <param name="position">Where the scalar that it replaces starts.</param>
    /// <param name="scalar">The scalar.</param>
    public void AppendFor(TextBuffer from, int position, int scalar)
    {
        var length = Utf8Text.LengthOf(from._bytes[from._offset + position]);
        var written = Utf8Text.Encode(scalar, Room(4));
        if (written == length)
        {
            Commit(from, position, length);
            return;
        }

        if (_tracked) _sources.AddAll(Length, written, from.SourceStart(position), from.SourceEnd(position + length - 1));
        Length += written;
    }

    /// <summary>Appends part of another buffer, with its source ranges.</summary>
    public void AppendFrom(TextBuffer from, int start, int length)
    {
        if (length == 0) return;
        from.Span.Slice(start, length).CopyTo(Room(length));
        Commit(from, start, length);
    }

    /// <summary>Takes back what was appended behind a length.</summary>
    public void Truncate(int length)
    {
        Length = length;
        _sources.Truncate(length);
    }

    /// <summary>Room for more bytes; <see cref="Commit"/> takes in what was written there.</summary>
    public Span<byte> Room(int more)
    {
        Reserve(more);
        return _own.AsSpan(Length, more);
    }

    /// <summary>Takes bytes that were written to <see cref="Room"/> in, each in place of one of another buffer.</summary>
    /// <param name="from">The other buffer.</param>
    /// <param name="start">The place of the first byte that is replaced; with the last, it bounds whole characters.</param>
    /// <param name="length">How many there are.</param>
    public void Commit(TextBuffer from, int start, int length)
    {
        if (_tracked && length > 0)
        {
            if (from._isView) _sources.AddEach(Length, from.Base + start);
            else _sources.AddFrom(Length, from._sources, start, length);
        }

        Length += length;
    }

    /// <summary>
    /// Fills this buffer from another one by a list of (scalar, change): 0 takes the place of the next scalar of <paramref name="from"/>
    /// and its source range; 1 is inserted, with the range of what stands before; −n takes the place of the next scalar and swallows n
    /// more. This is how tokenizers (Hugging Face) keeps offsets through every normalizer.
    /// </summary>
    /// <param name="from">The text before.</param>
    /// <param name="changes">The text after.</param>
    /// <param name="skipped">How many scalars of <paramref name="from"/> were removed before the first one kept.</param>
    public void Transform(TextBuffer from, List<(int Scalar, int Change)> changes, int skipped = 0)
    {
        Clear(from.HasRanges);
        var position = 0;
        Skip(from.Span, ref position, skipped);
        AppendTransformed(from, position, changes);
    }

    /// <summary>Appends what became of the scalars of another buffer from a position on, as <see cref="Transform"/> is told.</summary>
    public void AppendTransformed(TextBuffer from, int position, List<(int Scalar, int Change)> changes)
    {
        var text = from.Span;
        foreach (var (scalar, change) in CollectionsMarshal.AsSpan(changes))
        {
            if (change > 0)
            {
                var (start, end) = position == 0 ? (0, 0) : (from.SourceStart(position - 1), from.SourceEnd(position - 1));
                Append(scalar, start, end);
                continue;
            }

            if (position < text.Length) AppendFor(from, position, scalar);
            else Append(scalar, 0, 0);
            Skip(text, ref position, 1 - change);
        }
    }

    private static void Skip(ReadOnlySpan<byte> text, ref int position, int scalars)
    {
        for (; scalars > 0 && position < text.Length; scalars--) position += Utf8Text.LengthOf(text[position]);
    }

    private void Reserve(int more)
    {
        var needed = Length + more;
        if (needed < 0 || needed > MostBytes) throw new ResourceLimitException("bytes of normalised text", (long)Length + more, MostBytes, "The tokenizer's normalizer makes too much of this text.");
        if (_own.Length < needed)
        {
            Array.Resize(ref _own, Math.Max(needed, Math.Max(256, (int)Math.Min(Array.MaxLength, 2L * _own.Length))));
            _bytes = _own;
        }
    }
}
