using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Tessera.Models.Files;

/// <summary>
/// JSON from outside: size, encoding, depth, duplicate keys and escapes are checked, and whatever is wrong becomes a
/// <see cref="MalformedInputException"/>. Files of Hugging Face come from Python, whose writer puts bare <c>NaN</c> and <c>Infinity</c>
/// where JSON has no numbers; they are read as the strings of the same name, which <see cref="ConfigReader"/> takes for numbers.
/// </summary>
internal static class JsonText
{
    private const int MaxNameBytes = 65_535; // as GGUF allows for its keys; real names are below 200

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a whole file after a look at its size.</summary>
    public static byte[] ReadFile(string path, int maxBytes)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        if (stream.Length > maxBytes) throw new ResourceLimitException($"bytes of JSON in {path}", stream.Length, maxBytes);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Parses a document; the caller disposes it.</summary>
    public static JsonDocument Parse(ReadOnlySpan<byte> json, string file, int maxDepth)
    {
        if (json.StartsWith(ByteOrderMark)) json = json[ByteOrderMark.Length..];
        var quoted = QuoteBareNumbers(json);
        Check(quoted, file);
        try
        {
            CheckEscapes(quoted, maxDepth);
            return JsonDocument.Parse(quoted.AsMemory(), new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Error(file, e);
        }
    }

    /// <summary>
    /// What has to be known before .NET's reader may see a text: that it is UTF-8, and that its literals are right. At a wrong literal the
    /// reader puts everything behind it into its message, which takes nine times the size of the text.
    /// </summary>
    public static void Check(ReadOnlySpan<byte> json, string file)
    {
        if (!Utf8.IsValid(json)) throw new MalformedInputException(file, "JSON", "the text is not valid UTF-8");
        for (var i = 0; i < json.Length; i++)
        {
            var next = json[i..].IndexOfAny("\"tfn"u8);
            if (next < 0) return;
            i += next;
            var rest = json[i..];
            var length = rest[0] == '"' ? EndOfString(json, i) + 1 - i : rest.StartsWith("true"u8) || rest.StartsWith("null"u8) ? 4 : rest.StartsWith("false"u8) ? 5 : 0;
            if (length == 0) throw new MalformedInputException(file, $"byte {i:N0}", "a value is neither true, false nor null");
            i += length - 1;
        }
    }

    /// <summary>What a failure of the JSON reader says about the file.</summary>
    public static MalformedInputException Error(string file, Exception e) => e is JsonException { LineNumber: { } line } json
        ? new MalformedInputException(file, $"line {line + 1}, byte {json.BytePositionInLine + 1}", Shorten(e.Message), e)
        : new MalformedInputException(file, "JSON", Shorten(e.Message), e);

    /// <summary>The text that the reader stands at, if it is not longer than may be: names end up in messages.</summary>
    public static string Text(ref Utf8JsonReader reader, string file, string what, int maxBytes = MaxNameBytes) => reader.ValueSpan.Length <= maxBytes
        ? reader.GetString()!
        : throw new ResourceLimitException($"bytes of {what} in {file}", reader.ValueSpan.Length, maxBytes);

    private static string Shorten(string message) => message.Length <= 300 ? message : message[..300] + "…";

    // A lone surrogate, written as an escape, parses but can't become a string: better to learn that here than at some later access.
    private static void CheckEscapes(ReadOnlySpan<byte> json, int maxDepth)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) _ = reader.GetString();
        }
    }

    private static byte[] QuoteBareNumbers(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("Infinity"u8) < 0 && json.IndexOf("NaN"u8) < 0) return json.ToArray();
        var result = new ArrayBufferWriter<byte>(json.Length + 64);
        var copied = 0;
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] == '"')
            {
                i = EndOfString(json, i);
                continue;
            }

            var length = BareNumberAt(json[i..]);
            if (length == 0) continue;
            result.Write(json[copied..i]);
            result.Write("\""u8);
            result.Write(json.Slice(i, length));
            result.Write("\""u8);
            copied = i + length;
            i = copied - 1;
        }

        result.Write(json[copied..]);
        return result.WrittenSpan.ToArray();
    }

    // The length of a bare number that ends a value here; 0 for anything else.
    private static int BareNumberAt(ReadOnlySpan<byte> json)
    {
        var length = json.StartsWith("NaN"u8) ? 3 : json.StartsWith("Infinity"u8) ? 8 : json.StartsWith("-Infinity"u8) ? 9 : 0;
        var behind = json[length..].TrimStart(" \t\r\n"u8);
        return behind.IsEmpty || behind[0] is (byte)',' or (byte)']' or (byte)'}' ? length : 0;
    }

    // The index of the closing quote, or the end of the text.
    private static int EndOfString(ReadOnlySpan<byte> json, int open)
    {
        for (var i = open + 1; i < json.Length; i++)
        {
            var next = json[i..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0) break;
            i += next;
            if (json[i] == '"') return i;
            i++; // whatever is escaped
        }

        return json.Length;
    }
}
