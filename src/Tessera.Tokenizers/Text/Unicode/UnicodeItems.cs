namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>The items of one table of unicode.txt, in the order in which they stand there. Bytes as they are: no string is made of a line.</summary>
internal ref struct UnicodeItems
{
    private readonly ReadOnlySpan<byte> _table;
    private ReadOnlySpan<byte> _text, _line;

    /// <summary>Reads a table.</summary>
    /// <param name="table">The word that its lines start with.</param>
    public UnicodeItems(ReadOnlySpan<byte> table)
    {
        using var stream = typeof(UnicodeItems).Assembly.GetManifestResourceStream("Tessera.Tokenizers.unicode.txt")
            ?? throw new InvalidOperationException("unicode.txt is not part of the assembly");
        var text = new byte[stream.Length];
        stream.ReadExactly(text);
        _table = table;
        _text = text;
    }

    /// <summary>The first code point of an item.</summary>
    public int First { get; private set; }

    /// <summary>Its last code point; the first where it has but one.</summary>
    public int Last { get; private set; }

    /// <summary>What stands behind the code points.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes on to the next item; false behind the last.</summary>
    public bool Next()
    {
        while (_line.Length == 0)
        {
            if (_text.Length == 0) return false;
            var end = _text.IndexOf((byte)'\n');
            var line = end < 0 ? _text : _text[..end];
            _text = end < 0 ? default : _text[(end + 1)..];
            if (line.Length > _table.Length && line[_table.Length] == ' ' && line.StartsWith(_table)) _line = line[(_table.Length + 1)..];
        }

        First = Last = TakeNumber(ref _line);
        if (_line.Length > 0 && _line[0] == '-')
        {
            _line = _line[1..];
            Last = TakeNumber(ref _line);
        }

        var blank = _line.IndexOf((byte)' ');
        var value = blank < 0 ? _line : _line[..blank];
        _line = blank < 0 ? default : _line[(blank + 1)..];
        Value = value.Length == 0 ? value : value[1..];
        return true;
    }

    /// <summary>Takes a hexadecimal number off the front.</summary>
    public static int TakeNumber(ref ReadOnlySpan<byte> text)
    {
        var (number, at) = (0, 0);
        for (; at < text.Length; at++)
        {
            var digit = text[at] is >= (byte)'0' and <= (byte)'9' ? text[at] - '0' : text[at] is >= (byte)'A' and <= (byte)'F' ? text[at] - 'A' + 10 : -1;
            if (digit < 0) break;
            number = number << 4 | digit;
        }

        text = text[at..];
        return number;
    }
}
