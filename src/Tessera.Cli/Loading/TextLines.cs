using System.Text.Json;
using Tessera.Cli.Output;

namespace Tessera.Cli.Loading;

/// <summary>Files of short texts: one a line, or where the name ends in .jsonl one JSON object a line.</summary>
internal static class TextLines
{
    private const int MaxDepth = 8; // of what a line of texts can need

    /// <summary>The texts of a file; empty lines are left out.</summary>
    /// <exception cref="MalformedInputException">A line of JSON is no object with a string "text".</exception>
    /// <exception cref="UsageException">There is no text.</exception>
    public static async Task<List<string>> ReadAsync(string path, CommandConsole console, CancellationToken cancellation)
    {
        var lines = await ReadLinesAsync(path, console, cancellation).ConfigureAwait(false);
        List<string> texts = IsJson(path)
            ? [.. lines.Select(line => Parse(path, line, static json => Text(json, "text") ?? throw new FormatException("is no object with a string \"text\"")))]
            : [.. lines.Select(line => line.Text)];
        return texts.Count > 0 ? texts : throw new UsageException($"{path} holds no text; write one a line.");
    }

    /// <summary>Whether a file's name says that its lines are JSON.</summary>
    public static bool IsJson(string path) => path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    /// <summary>The lines of a file, or of the standard input for '-', that are not empty, with their numbers from 1.</summary>
    public static async Task<List<(int Number, string Text)>> ReadLinesAsync(string path, CommandConsole console, CancellationToken cancellation)
    {
        var whole = path == "-" ? await console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false);
        var lines = new List<(int, string)>();
        var number = 0;
        foreach (var line in whole.Split('\n'))
        {
            number++;
            var text = line.TrimEnd('\r');
            if (!string.IsNullOrWhiteSpace(text)) lines.Add((number, text));
        }

        return lines;
    }

    /// <summary>Reads one line of JSON.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="line">The line.</param>
    /// <param name="read">Takes what it needs; a <see cref="FormatException"/> says what is wrong.</param>
    /// <exception cref="MalformedInputException">It is no object, or not one that can be read.</exception>
    public static T Parse<T>(string path, (int Number, string Text) line, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(line.Text, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return json.RootElement.ValueKind == JsonValueKind.Object ? read(json.RootElement) : throw new FormatException("is no object");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException) // the last for escapes that are no text
        {
            throw new MalformedInputException(path, $"line {line.Number}", e.Message, e);
        }
    }

    /// <summary>A string of an object; null where there is none of that name.</summary>
    public static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
