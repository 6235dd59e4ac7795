using Tessera.Cli.Output;
using Tessera.Tokenizers.Measures;

namespace Tessera.Cli.Loading;

/// <summary>Texts to measure tokenizers on, in groups: a file each, or by a field of JSON lines.</summary>
internal static class EvaluationTexts
{
    /// <summary>Reads files.</summary>
    /// <param name="paths">Files of text, and .jsonl files whose lines are objects with a "text"; '-' is the standard input.</param>
    /// <param name="field">The field of JSON lines that names a line's group; null for one group a file.</param>
    /// <param name="console">Has the standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="MalformedInputException">A line has no "text", or not the field.</exception>
    /// <exception cref="UsageException">A field was named, and a file is none of JSON lines.</exception>
    public static async Task<List<EvaluationText>> ReadAsync(IReadOnlyList<string> paths, string? field, CommandConsole console, CancellationToken cancellation)
    {
        var groups = new Dictionary<string, List<string>>(StringComparer.Ordinal); // keeps the order of first sight
        void Add(string group, string text)
        {
            if (!groups.TryGetValue(group, out var texts)) groups[group] = texts = [];
            texts.Add(text);
        }

        foreach (var path in paths)
        {
            var name = path == "-" ? "input" : Path.GetFileName(path);
            if (!TextLines.IsJson(path))
            {
                if (field is not null) throw new UsageException($"--by {field} names a field of JSON lines; {path} is none (its name does not end in .jsonl).");
                Add(name, path == "-" ? await console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false));
                continue;
            }

            foreach (var line in await TextLines.ReadLinesAsync(path, console, cancellation).ConfigureAwait(false))
            {
                var (group, text) = TextLines.Parse(path, line, json => (
                    field is null ? name : TextLines.Text(json, field) ?? throw new FormatException($"has no string \"{field}\""),
                    TextLines.Text(json, "text") ?? throw new FormatException("has no string \"text\"")));
                Add(group, text);
            }
        }

        return [.. groups.Where(static g => g.Value.Any(static t => t.Length > 0)).Select(static g => new EvaluationText(g.Key, g.Value))];
    }
}
