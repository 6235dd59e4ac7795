using System.Globalization;
using System.Text;

namespace Tessera.Cli.Output;

/// <summary>Text and bytes of tokens as a person can see them on one line.</summary>
internal static class VisibleText
{
    /// <summary>
    /// The bytes as text, quoted: line ends and tabs as \n, \r, \t, other control characters as \xHH or \uHHHH, bytes that are no UTF-8 as \xHH.
    /// </summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var used);
            if (status == System.Buffers.OperationStatus.Done) Append(text, rune);
            else foreach (var value in bytes[..used]) text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            bytes = bytes[used..];
        }

        return text.Append('"').ToString();
    }

    /// <summary>Text for a terminal: what would steer it (escape sequences that a model writes, say) is shown instead of obeyed.</summary>
    public static string ForTerminal(string text)
    {
        if (!text.Any(static c => char.IsControl(c) && c is not ('\n' or '\t'))) return text;
        var shown = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsControl(c) && c is not ('\n' or '\t')) shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else shown.Append(c);
        }

        return shown.ToString();
    }

    /// <summary>A number of bytes for people: 93.8 MiB.</summary>
    public static string Size(double bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++) bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? bytes.ToString("F0", CultureInfo.InvariantCulture) : bytes.ToString("F1", CultureInfo.InvariantCulture))} {units[unit]}");
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '\n': text.Append("\\n"); break;
            case '\r': text.Append("\\r"); break;
            case '\t': text.Append("\\t"); break;
            case '"': text.Append("\\\""); break;
            case '\\': text.Append("\\\\"); break;
            case var value when Rune.IsControl(rune): text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"); break;
            default: text.Append(rune.ToString()); break;
        }
    }
}
