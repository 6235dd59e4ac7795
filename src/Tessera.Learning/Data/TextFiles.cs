using System.Text;
using System.Text.Json;

namespace Tessera.Learning.Data;

/// <summary>
/// Documents from files: a .txt file is one document, a .jsonl file one a line (its <c>text</c>), a directory all of its files in
/// ordinal order. Invalid UTF-8 is replaced, never refused: training data is what people have.
/// </summary>
public static class TextFiles
{
    /// <summary>Reads all documents under some paths.</summary>
    /// <param name="paths">Files or directories.</param>
    /// <exception cref="MalformedInputException">A line of a .jsonl file is no object with a <c>text</c>.</exception>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static IEnumerable<string> Read(IEnumerable<string> paths) => ReadNamed(paths).Select(d => d.Text);

    /// <summary>Reads all documents under some paths, with names.</summary>
    /// <param name="paths">Files or directories.</param>
    /// <returns>A file's name and text; for a line of a .jsonl file its <c>id</c>, or else the file's name and the line's number.</returns>
    /// <exception cref="MalformedInputException">A line of a .jsonl file is no object with a <c>text</c>.</exception>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static IEnumerable<(string Name, string Text)> ReadNamed(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsText).Order(StringComparer.Ordinal);
                foreach (var document in files.SelectMany(ReadFile)) yield return document;
            }
            else if (File.Exists(path))
            {
                foreach (var document in ReadFile(path)) yield return document;
            }
            else
            {
                throw new FileNotFoundException($"There is no file or directory {path}.", path);
            }
        }
    }

    private static bool IsText(string path) => Path.GetExtension(path) is ".txt" or ".jsonl";

    private static IEnumerable<(string Name, string Text)> ReadFile(string path) =>
        Path.GetExtension(path) == ".jsonl" ? ReadLines(path) : [(Path.GetFileName(path), File.ReadAllText(path, Encoding.UTF8))];

    private static IEnumerable<(string Name, string Text)> ReadLines(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path, Encoding.UTF8))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            yield return DocumentOf(path, number, line);
        }
    }

    private static (string Name, string Text) DocumentOf(string path, int number, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
                return (json.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : $"{Path.GetFileName(path)}:{number}", text.GetString()!);
            throw new MalformedInputException(path, $"line {number}", "is no object with a string \"text\"");
        }
        catch (JsonException e)
        {
            throw new MalformedInputException(path, $"line {number}", e.Message, e);
        }
    }
}
