using System.Globalization;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>C's strftime in English. Example: "%d %b %Y" → "02 Jan 2025". Unknown directives stay as written.</summary>
internal static class DateFormat
{
    public static Value Format(RenderState state, in Value format, DateTimeOffset time)
    {
        var output = state.NewText();
        var text = format.Text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length)
            {
                output.AppendSlice(format, i, 1);
                continue;
            }

            var unpadded = text[i + 1] == '-' && i + 2 < text.Length;
            i += unpadded ? 2 : 1;
            var value = Directive(text[i], time);
            if (value is null)
                output.AppendSlice(format, unpadded ? i - 2 : i - 1, unpadded ? 3 : 2);
            else
                output.Append(unpadded && value.Length > 1 ? value.TrimStart('0') is { Length: > 0 } kept ? kept : "0" : value);
        }

        return output.ToValue();
    }

    private static string? Directive(char directive, DateTimeOffset time) => directive switch
    {
        'd' => Text(time, "dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'b' or 'h' => Text(time, "MMM"),
        'B' => Text(time, "MMMM"),
        'm' => Text(time, "MM"),
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
        'y' => Text(time, "yy"),
        'C' => (time.Year / 100).ToString("00", CultureInfo.InvariantCulture),
        'A' => Text(time, "dddd"),
        'a' => Text(time, "ddd"),
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'M' => Text(time, "mm"),
        'S' => Text(time, "ss"),
        'f' => Text(time, "ffffff"),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'U' => ((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7).ToString("00", CultureInfo.InvariantCulture),
        'W' => ((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7).ToString("00", CultureInfo.InvariantCulture),
        'V' => ISOWeek.GetWeekOfYear(time.DateTime).ToString("00", CultureInfo.InvariantCulture),
        'G' => ISOWeek.GetYear(time.DateTime).ToString(CultureInfo.InvariantCulture),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'F' => Text(time, "yyyy-MM-dd"),
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'R' => Text(time, "HH:mm"),
        'D' or 'x' => Text(time, "MM/dd/yy"),
        'r' => Text(time, "hh:mm:ss tt"),
        'c' => Text(time, "ddd MMM ") + time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2) + Text(time, " HH:mm:ss yyyy"),
        'z' or 'Z' => "", // the reference's clock carries no zone
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
