using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// UTF-8 text on its way through the pipeline, and for every byte the range of source bytes that it came from. A view of the source
/// itself keeps no ranges (byte i stands for source byte <c>Base + i</c>); when nobody asks for offsets none are kept at all.
/// </summary>
/// <remarks>Reused from call to call; grows, never shrinks. Source ranges may cut characters; <see cref="OffsetMap"/> rounds outwards.</remarks>
internal sealed class TextBuffer
{
    /// <summary>The most bytes of a text that no source bounds: a pattern's or an added token's.</summary>
    private const long MostUnbounded = 1 << 26;

    private byte[] _bytes = [];
    private byte[] _own = [];
    private int[] _starts = [];
    private int[] _ends = [];
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
    }

    /// <summary>Where the source of a byte starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SourceStart(int index) => _isView ? Base + index : _tracked ? _starts[index] : 0;

    /// <summary>Where the source of a byte ends (exclusive).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SourceEnd(int index) => _isView ? Base + index + 1 : _tracked ? _ends[index] : 0;

    /// <summary>Appends bytes that all stand for one source range.</summary>
    public void Append(ReadOnlySpan<byte> bytes, int sourceStart, int sourceEnd)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_own.AsSpan(Length));
        if (_tracked)
        {
            _starts.AsSpan(Length, bytes.Length).Fill(sourceStart);
            _ends.AsSpan(Length, bytes.Length).Fill(sourceEnd);
        }

        Length += bytes.Length;
    }

    /// <summary>Appends a scalar that stands for a source range.</summary>
    public void Append(int scalar, int sourceStart, int sourceEnd)
    {
        Span<byte> bytes = stackalloc byte[4];
        Append(bytes[..Utf8Text.Encode(scalar, bytes)], sourceStart, sourceEnd);
    }

    /// <summary>Appends part of another buffer, with its source ranges.</summary>
    public void AppendFrom(TextBuffer from, int start, int length)
    {
        if (length == 0) return;
        Reserve(length);
        from.Span.Slice(start, length).CopyTo(_own.AsSpan(Length));
        if (_tracked)
        {
            if (from._isView)
            {
                for (var i = 0; i < length; i++)
                {
                    _starts[Length + i] = from.Base + start + i;
                    _ends[Length + i] = from.Base + start + i + 1;
                }
            }
            else
            {
                from._starts.AsSpan(start, length).CopyTo(_starts.AsSpan(Length));
                from._ends.AsSpan(start, length).CopyTo(_ends.AsSpan(Length));
            }
        }

        Length += length;
    }

    /// <summary>What <see cref="AppendMapped"/> leaves out; no ASCII byte.</summary>
    public const byte Dropped = 0xFF;

    /// <summary>Appends ASCII bytes of another buffer as a map has them, with their source ranges.</summary>
    /// <param name="from">The other buffer.</param>
    /// <param name="start">Where the bytes start.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="map">For each byte below 128 another one, or <see cref="Dropped"/>.</param>
    public void AppendMapped(TextBuffer from, int start, int length, ReadOnlySpan<byte> map)
    {
        Reserve(length);
        Span<byte> text = from._bytes.AsSpan(from._offset + start, length), own = _own.AsSpan(Length, length);
        var at = 0;
        map = map[..128];
        for (var i = 0; i < text.Length; i++)
        {
            var mapped = map[text[i]];
            own[at] = mapped;
            if (_tracked) (_starts[Length + at], _ends[Length + at]) = (from.SourceStart(start + i), from.SourceEnd(start + i));
            at += mapped == Dropped ? 0 : 1;
        }

        Length += at;
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

            if (position < text.Length) Append(scalar, from.SourceStart(position), from.SourceEnd(position));
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

        if (_tracked && _starts.Length < _own.Length)
        {
            Array.Resize(ref _starts, _own.Length);
            Array.Resize(ref _ends, _own.Length);
        }
    }
}
