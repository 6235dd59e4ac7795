using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>Python's string escapes. Example: <c>\x41\u00e9\n</c> → "Aé" and a line feed; unknown escapes stay as written.</summary>
internal static class StringLiteral
{
    public static bool TryUnescape(ReadOnlySpan<char> body, out string value, out string reason)
    {
        reason = "";
        if (!body.Contains('\\'))
        {
            value = body.ToString();
            return true;
        }

        var result = new StringBuilder(body.Length);
        value = "";
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                result.Append(body[i]);
                continue;
            }

            i++;
            var digits = body[i] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (!TryCodePoint(body[(i + 1)..], digits, result))
                {
                    reason = $"a string has an invalid \\{body[i]} escape";
                    return false;
                }

                i += digits;
            }
            else if (body[i] is >= '0' and <= '7')
            {
                i += AppendOctal(body[i..], result) - 1;
            }
            else if (body[i] == 'N')
            {
                reason = "a string has a \\N escape, which is not supported";
                return false;
            }
            else
            {
                AppendSimple(body[i], result);
            }
        }

        value = result.ToString();
        return true;
    }

    private static bool TryCodePoint(ReadOnlySpan<char> text, int digits, StringBuilder result)
    {
        if (text.Length < digits || !int.TryParse(text[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code is < 0 or > 0x10FFFF)
            return false;
        if (code <= 0xFFFF)
            result.Append((char)code);
        else
            result.Append(char.ConvertFromUtf32(code));
        return true;
    }

    private static int AppendOctal(ReadOnlySpan<char> text, StringBuilder result)
    {
        var (code, length) = (0, 0);
        while (length < 3 && length < text.Length && text[length] is >= '0' and <= '7')
            code = code * 8 + (text[length++] - '0');
        result.Append((char)code);
        return length;
    }

    private static void AppendSimple(char c, StringBuilder result)
    {
        switch (c)
        {
            case '\n':
                break; // the line is joined with the next
            case 'n':
                result.Append('\n');
                break;
            case 't':
                result.Append('\t');
                break;
            case 'r':
                result.Append('\r');
                break;
            case 'a':
                result.Append('\a');
                break;
            case 'b':
                result.Append('\b');
                break;
            case 'f':
                result.Append('\f');
                break;
            case 'v':
                result.Append('\v');
                break;
            case '\\' or '\'' or '"':
                result.Append(c);
                break;
            default:
                result.Append('\\').Append(c);
                break;
        }
    }
}
