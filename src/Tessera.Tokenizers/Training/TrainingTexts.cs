using System.Text.Json;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>Texts to train on, read piece by piece: memory holds one at a time. Each is valid until the next one is asked for.</summary>
public static class TrainingTexts
{
    // A line longer than this is no line; a text without line ends can be given as records of JSON.
    private const int MostLineBytes = 1 << 30;

    /// <summary>The lines of a file of text.</summary>
    /// <param name="stream">UTF-8; read to its end, stays open. A byte-order mark is skipped.</param>
    /// <param name="keepLineEnds">Whether a text ends with its line feed, as tokenizers (Hugging Face) reads files. Without it a carriage return goes too.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="ResourceLimitException">A line is longer than 1 GiB.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(Stream stream, bool keepLineEnds = true, string name = "text")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(stream, name, keepLineEnds);
    }

    /// <summary>A field of every object of a JSON-lines file. Empty lines are passed over.</summary>
    /// <param name="stream">UTF-8, an object a line; read to its end, stays open.</param>
    /// <param name="field">The name of a field that holds a string.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="MalformedInputException">A line is no object, or its field is missing or no string.</exception>
    /// <exception cref="ResourceLimitException">A line is longer than 1 GiB.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> JsonLines(Stream stream, string field, string name = "JSON lines")
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(field);
        return Fields(stream, field, name);
    }

    /// <summary>Strings as UTF-8; a lone surrogate becomes U+FFFD.</summary>
    internal static IEnumerable<ReadOnlyMemory<byte>> Of(IEnumerable<string> texts)
    {
        var utf8 = Array.Empty<byte>();
        foreach (var text in texts)
        {
            ArgumentNullException.ThrowIfNull(text);
            if (utf8.Length < 3L * text.Length) utf8 = new byte[checked(3 * text.Length)];
            yield return utf8.AsMemory(0, Utf8Text.FromUtf16(text, utf8));
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Read(Stream stream, string name, bool keepLineEnds)
    {
        var buffer = new byte[1 << 16];
        var (start, end, atStart) = (0, 0, true);
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n') + 1;
            if (length == 0)
            {
                if (start > 0) buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                if (end == buffer.Length)
                {
                    if (end >= MostLineBytes) throw new ResourceLimitException($"bytes of a line of {name}", end + 1L, MostLineBytes);
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }

                var got = stream.Read(buffer, end, buffer.Length - end);
                end += got;
                if (got > 0) continue;
                if (end == 0) yield break;
                length = end;
            }

            var line = buffer.AsMemory(start, length);
            start += length;
            if (atStart && line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
            atStart = false;
            if (!keepLineEnds) line = line.TrimEnd("\r\n"u8);
            if (line.Length > 0) yield return line;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Fields(Stream stream, string field, string name)
    {
        var number = 0;
        var text = Array.Empty<byte>();
        foreach (var line in Read(stream, name, keepLineEnds: true))
        {
            number++;
            if (line.Span.Trim(" \t\r\n"u8).IsEmpty) continue;
            var length = Field(line.Span, field, ref text, number, name);
            yield return text.AsMemory(0, length);
        }
    }

    private static int Field(ReadOnlySpan<byte> line, string field, ref byte[] text, int number, string name)
    {
        var place = $"line {number}";
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new MalformedInputException(name, place, "an object is expected");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isIt = json.ValueTextEquals(field);
                json.Read();
                if (!isIt)
                {
                    json.Skip();
                    continue;
                }

                if (json.TokenType != JsonTokenType.String) throw new MalformedInputException(name, place, $"\"{field}\" is no string");
                if (text.Length < json.ValueSpan.Length) text = new byte[2 * json.ValueSpan.Length];
                return json.CopyString(text);
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new MalformedInputException(name, place, "not JSON, or text that is none", wrong);
        }

        throw new MalformedInputException(name, place, $"there is no field \"{field}\"");
    }
}
