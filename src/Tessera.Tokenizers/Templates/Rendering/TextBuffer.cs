using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// Growing text with the ranges that came from the conversation. Used for the output, for captured blocks and for every operation that
/// builds a string from pieces, so that origins survive them. Refuses to grow beyond the rendering's limit.
/// </summary>
internal sealed class TextBuffer(RenderState state)
{
    private char[] _text = new char[256];
    private List<(int Start, int End)>? _content;

    public int Length { get; private set; }

    public ReadOnlySpan<char> Text => _text.AsSpan(0, Length);

    /// <summary>Ascending, disjoint [start, end) in UTF-16 units.</summary>
    public IReadOnlyList<(int Start, int End)> ContentRanges => (IReadOnlyList<(int, int)>?)_content ?? [];

    public void Append(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(_text.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(string text) => Append(text.AsSpan());

    public void Append(char character)
    {
        if (Length == _text.Length)
            Reserve(1);
        _text[Length++] = character;
    }

    public void AppendRepeated(char character, long count)
    {
        if (count <= 0)
            return;
        Reserve(count);
        _text.AsSpan(Length, (int)count).Fill(character);
        Length += (int)count;
    }

    /// <summary>Appends a string value with its origins.</summary>
    public void Append(in Value text) => AppendSlice(text, 0, text.Text.Length);

    /// <summary>Appends part of a string value, [start, start + length) in UTF-16 units, with its origins.</summary>
    public void AppendSlice(in Value text, int start, int length)
    {
        if (text.Marks is { } marks)
        {
            var end = start + length;
            for (var i = marks.FirstRangeAfter(start); i < marks.ContentRanges.Length && marks.ContentRanges[i].Start < end; i++)
            {
                var (from, to) = marks.ContentRanges[i];
                MarkContent(Length + Math.Max(from, start) - start, Length + Math.Min(to, end) - start);
            }
        }

        Append(text.Text.AsSpan(start, length));
    }

    /// <summary>Declares [start, end) to come from the conversation; ranges must be declared in ascending order.</summary>
    public void MarkContent(int start, int end)
    {
        if (start >= end)
            return;
        _content ??= [];
        if (_content.Count > 0 && _content[^1].End >= start)
            _content[^1] = (_content[^1].Start, Math.Max(_content[^1].End, end));
        else
            _content.Add((start, end));
    }

    /// <summary>The text as a value, origins included.</summary>
    public Value ToValue(bool isMarkup = false)
    {
        var text = new string(Text);
        return _content is null && !isMarkup ? Value.Of(text) : Value.Of(new MarkedText(text, _content?.ToArray() ?? [], isMarkup));
    }

    private void Reserve(long more)
    {
        state.Charge(2 * more); // building is reading and writing
        var needed = Length + more;
        if (needed <= _text.Length)
            return;
        state.RequireTextLength(needed);
        var grown = new char[Math.Max(needed, Math.Min((long)_text.Length * 2, state.Limits.MaxOutputLength))];
        Text.CopyTo(grown);
        _text = grown;
    }
}
