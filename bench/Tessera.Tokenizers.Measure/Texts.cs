using System.Text;
using System.Text.Json;

namespace Tessera.Tokenizers.Measure;

/// <summary>Texts to measure on: whole documents, and pieces of some 4 kB that cut no character.</summary>
internal static class Texts
{
    private const int PieceCharacters = 4_096;

    /// <summary>The corpora beside the repository: Moby Dick and the Universal Declaration.</summary>
    public static string[] Defaults => [Corpus("moby-dick.txt"), Corpus("udhr.jsonl")];

    /// <summary>What is read for warming up: the addresses.</summary>
    public static string WarmUp => Corpus("state-of-the-union.jsonl");

    /// <summary>A file's documents: the texts of its lines where it is JSONL, else the whole.</summary>
    public static string[] Documents(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal)
        ? [.. File.ReadLines(path).Where(static l => l.Length > 0).Select(static l => JsonSerializer.Deserialize<JsonElement>(l).GetProperty("text").GetString()!)]
        : [File.ReadAllText(path)];

    /// <summary>Documents cut into pieces.</summary>
    public static string[] Pieces(IEnumerable<string> documents)
    {
        var pieces = new List<string>();
        foreach (var document in documents)
        {
            for (var at = 0; at < document.Length;)
            {
                var end = Math.Min(document.Length, at + PieceCharacters);
                if (end < document.Length && char.IsLowSurrogate(document[end])) end--;
                pieces.Add(document[at..end]);
                at = end;
            }
        }

        return [.. pieces];
    }

    /// <summary>Millions of bytes in UTF-8.</summary>
    public static double Megabytes(IEnumerable<string> texts) => texts.Sum(static t => (long)Encoding.UTF8.GetByteCount(t)) / 1e6;

    /// <summary>A file of the folder <c>shared</c> beside the repository; null where it is not there.</summary>
    public static string? Shared(params ReadOnlySpan<string> parts)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine([folder.FullName, "shared", .. parts]);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    private static string Corpus(string name) =>
        Shared("corpora", name) ?? throw new FileNotFoundException($"{name} is not in shared/corpora above {Environment.CurrentDirectory}; name the texts.");
}
