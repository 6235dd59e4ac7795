using System.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// Walks JSON text by position. Reads strings and whole numbers straight from its bytes and passes over values whose inside is checked
/// elsewhere. Plain loops over an array: they are fast in the first millisecond of a process, which vectorised readers are not.
/// </summary>
internal struct JsonCursor(byte[] json, int at, int end)
{
    /// <summary>Where the cursor stands.</summary>
    public int At = at;

    /// <summary>The byte at the cursor after blanks; 0 at the end.</summary>
    public byte Peek()
    {
        var i = At;
        while (i < end && json[i] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') i++;
        At = i;
        return i < end ? json[i] : (byte)0;
    }

    /// <summary>Passes over a byte, blanks before it included, if it is the next.</summary>
    public bool Take(byte value)
    {
        if (Peek() != value || At >= end) return false;
        At++;
        return true;
    }

    /// <summary>Passes over a string; gives its inside as it stands in the text.</summary>
    /// <param name="start">Where its inside starts.</param>
    /// <param name="length">How long that is.</param>
    /// <param name="escaped">Whether it holds escapes.</param>
    /// <returns>False where there is no string.</returns>
    public bool TakeString(out int start, out int length, out bool escaped)
    {
        (start, length, escaped) = (0, 0, false);
        if (!Take((byte)'"')) return false;
        start = At;
        for (var i = At; i < end; i++)
        {
            var b = json[i];
            if (b == '"')
            {
                length = i - start;
                At = i + 1;
                return true;
            }

            if (b < ' ') return false;
            if (b != '\\') continue;
            escaped = true;
            i++;
        }

        return false;
    }

    /// <summary>Passes over a whole number from 0 to 4,294,967,295 without sign, point and exponent.</summary>
    public bool TakeCount(out uint value)
    {
        value = 0;
        Peek();
        var start = At;
        ulong sum = 0;
        var i = start;
        for (; i < end && i < start + 11 && json[i] is >= (byte)'0' and <= (byte)'9'; i++) sum = 10 * sum + json[i] - '0';
        if (i == start || sum > uint.MaxValue || json[start] == '0' && i > start + 1) return false;
        if (i < end && json[i] is (byte)'.' or (byte)'e' or (byte)'E') return false;
        (At, value) = (i, (uint)sum);
        return true;
    }

    /// <summary>Passes over a number of JSON.</summary>
    public bool TakeNumber()
    {
        var i = At;
        if (i < end && json[i] == '-') i++;
        var whole = i;
        i = Digits(i);
        if (i == whole || json[whole] == '0' && i > whole + 1) return false;
        if (i < end && json[i] == '.')
        {
            var point = ++i;
            i = Digits(i);
            if (i == point) return false;
        }

        if (i < end && json[i] is (byte)'e' or (byte)'E')
        {
            i++;
            if (i < end && json[i] is (byte)'+' or (byte)'-') i++;
            var exponent = i;
            i = Digits(i);
            if (i == exponent) return false;
        }

        At = i;
        return true;
    }

    /// <summary>Passes over true, false or null.</summary>
    public bool TakeLiteral() => At < end && (json[At] switch { (byte)'t' => Takes("true"), (byte)'f' => Takes("false"), (byte)'n' => Takes("null"), _ => false });

    /// <summary>Whether the escapes inside a string are some; what they stand for may still be half a surrogate pair.</summary>
    public readonly bool AreEscapes(int start, int length)
    {
        for (var i = start; i < start + length; i++)
        {
            if (json[i] != '\\') continue;
            var escape = json[++i];
            if (escape is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t') continue;
            var read = i + 1;
            if (escape != 'u' || Hex(ref read, start + length) < 0) return false;
            i = read - 1;
        }

        return true;
    }

    /// <summary>Passes over any value by its quotes and brackets only.</summary>
    /// <returns>False where it has no end.</returns>
    public bool Skip()
    {
        var first = Peek();
        if (first == '"') return TakeString(out _, out _, out _);
        if (first is not ((byte)'{' or (byte)'['))
        {
            while (At < end && json[At] is not ((byte)',' or (byte)'}' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) At++;
            return true;
        }

        var depth = 0;
        while (At < end)
        {
            switch (json[At])
            {
                case (byte)'"':
                    if (!TakeString(out _, out _, out _)) return false;
                    continue;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    if (--depth == 0)
                    {
                        At++;
                        return true;
                    }

                    break;
            }

            At++;
        }

        return false;
    }

    /// <summary>Writes the text that the inside of a string stands for; the target has room for the inside.</summary>
    /// <returns>The length in bytes; −1 where an escape is none, −2 where it is half a surrogate pair.</returns>
    public readonly int Unescape(int start, int length, Span<byte> into)
    {
        var (read, stop, written) = (start, start + length, 0);
        while (read < stop)
        {
            var b = json[read++];
            if (b != '\\')
            {
                into[written++] = b;
                continue;
            }

            if (read == stop) return -1;
            var escape = json[read++];
            if (escape != 'u')
            {
                var plain = escape switch { (byte)'n' => '\n', (byte)'t' => '\t', (byte)'r' => '\r', (byte)'b' => '\b', (byte)'f' => '\f', (byte)'"' or (byte)'\\' or (byte)'/' => (char)escape, _ => '\0' };
                if (plain == '\0') return -1;
                into[written++] = (byte)plain;
                continue;
            }

            var unit = Hex(ref read, stop);
            if (unit < 0) return -1;
            if (unit is >= 0xDC00 and <= 0xDFFF) return -2;
            if (unit is >= 0xD800 and <= 0xDBFF)
            {
                if (read + 1 >= stop || json[read] != '\\' || json[read + 1] != 'u') return -2;
                read += 2;
                var low = Hex(ref read, stop);
                if (low < 0) return -1;
                if (low is < 0xDC00 or > 0xDFFF) return -2;
                unit = 0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00;
            }

            written += Text.Utf8Text.Encode(unit, into[written..]); // six characters of escape make at most three bytes
        }

        return written;
    }

    /// <summary>Part of the text, for messages.</summary>
    public readonly string Shown(int start, int length) => Encoding.UTF8.GetString(json, start, Math.Min(length, 200));

    private readonly int Digits(int from)
    {
        while (from < end && json[from] is >= (byte)'0' and <= (byte)'9') from++;
        return from;
    }

    private bool Takes(string literal)
    {
        if (end - At < literal.Length) return false;
        for (var i = 0; i < literal.Length; i++)
        {
            if (json[At + i] != literal[i]) return false;
        }

        At += literal.Length;
        return true;
    }

    private readonly int Hex(ref int read, int stop)
    {
        if (read + 4 > stop) return -1;
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            int b = json[read++];
            var digit = b is >= '0' and <= '9' ? b - '0' : (b | 0x20) is >= 'a' and <= 'f' ? (b | 0x20) - 'a' + 10 : -1;
            if (digit < 0) return -1;
            value = value << 4 | digit;
        }

        return value;
    }
}
