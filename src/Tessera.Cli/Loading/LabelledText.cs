using System.Text.Json;
using Tessera.Cli.Output;

namespace Tessera.Cli.Loading;

/// <summary>A text to judge, with the answer where it is known.</summary>
/// <param name="Source">Where it comes from, as people would look for it.</param>
/// <param name="Text">The text.</param>
/// <param name="Label">Whether the answer is yes; null where it is not known.</param>
/// <param name="Variants">Altered versions of it; empty without any.</param>
internal sealed record LabelledText(string Source, string Text, bool? Label, IReadOnlyList<string> Variants)
{
    /// <summary>Reads files: of a .jsonl file each line is a text, any other file is one.</summary>
    /// <param name="paths">The files; '-' is the standard input.</param>
    /// <param name="lines">Whether all of them hold a JSON object a line, whatever their names.</param>
    /// <param name="console">Has the standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<List<LabelledText>> ReadAsync(IReadOnlyList<string> paths, bool lines, CommandConsole console, CancellationToken cancellation)
    {
        var texts = new List<LabelledText>();
        foreach (var path in paths)
        {
            if (lines || TextLines.IsJson(path))
            {
                foreach (var line in await TextLines.ReadLinesAsync(path, console, cancellation).ConfigureAwait(false))
                    texts.Add(TextLines.Parse(path, line, json => OfJson(json, $"{Path.GetFileName(path)}:{line.Number}")));
            }
            else
            {
                var text = path == "-" ? await console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false);
                texts.Add(new LabelledText(path == "-" ? "input" : Path.GetFileName(path), text, null, []));
            }
        }

        return texts.Count > 0 ? texts : throw new UsageException("There is no text in what was given.");
    }

    private static LabelledText OfJson(JsonElement json, string source)
    {
        var text = TextLines.Text(json, "text") ?? TextLines.Text(json, "input") ?? throw new FormatException("has no string \"text\" (or \"input\")");
        bool? label = null;
        if (json.TryGetProperty("label", out var value) && value.ValueKind != JsonValueKind.Null)
        {
            label = value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Number when value.TryGetInt32(out var number) && number is 0 or 1 => number == 1,
                _ => throw new FormatException("has a \"label\" that is neither 0, 1, true nor false"),
            };
        }

        var variants = new List<string>();
        if (json.TryGetProperty("variants", out var list))
        {
            if (list.ValueKind != JsonValueKind.Array) throw new FormatException("has \"variants\" that are no list");
            foreach (var item in list.EnumerateArray()) variants.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new FormatException("has a variant that is no string"));
        }

        return new LabelledText(source, text, label, variants);
    }
}
