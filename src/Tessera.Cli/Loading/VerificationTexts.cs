using Tessera.Cli.Output;

namespace Tessera.Cli.Loading;

/// <summary>What part of a file a text is.</summary>
internal enum TextPart
{
    /// <summary>A whole document.</summary>
    Document,

    /// <summary>A line of one.</summary>
    Line,

    /// <summary>A random part of one, 1 to 200 characters.</summary>
    Slice,
}

/// <summary>Files of text taken whole, line by line, and in random slices that the seed decides.</summary>
internal sealed class VerificationTexts
{
    private const int MostSlice = 200;

    private readonly List<string> _documents = [];
    private readonly ulong _seed;

    private VerificationTexts(ulong seed) => _seed = seed;

    /// <summary>The characters (UTF-16 units) of all documents.</summary>
    public long Length => _documents.Sum(static d => (long)d.Length);

    /// <summary>Reads files: of a .jsonl file each line's "text" is a document, any other file is one.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="seed">Of the slices.</param>
    /// <param name="most">The most characters to take of each file: whole documents from its start, the last one cut.</param>
    /// <param name="console">Has the standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<VerificationTexts> ReadAsync(IReadOnlyList<string> paths, ulong seed, int most, CommandConsole console, CancellationToken cancellation)
    {
        var texts = new VerificationTexts(seed);
        foreach (var path in paths)
        {
            var left = most;
            foreach (var text in TextLines.IsJson(path) ? await TextLines.ReadAsync(path, console, cancellation).ConfigureAwait(false) : [await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false)])
            {
                if (left <= 0) break;
                texts._documents.Add(text.Length <= left ? text : text[..Boundary(text, left)]);
                left -= text.Length;
            }
        }

        return texts._documents.Any(static d => d.Length > 0) ? texts : throw new UsageException("There is no text in the files.");
    }

    /// <summary>All texts, the same ones in the same order each time.</summary>
    public IEnumerable<(TextPart Part, string Text)> All()
    {
        foreach (var document in _documents) yield return (TextPart.Document, document);
        foreach (var document in _documents)
        {
            foreach (var line in document.Split('\n')) yield return (TextPart.Line, line);
        }

        for (var i = 0; i < _documents.Count; i++)
        {
            var document = _documents[i];
            // As many as cover the document once on average.
            for (uint slice = 0; slice < document.Length / (MostSlice / 2); slice++)
            {
                var key = new RandomKey(_seed, (uint)i, slice, RandomPurpose.Shuffle);
                var start = Boundary(document, key.Below(document.Length));
                yield return (TextPart.Slice, document[start..Boundary(document, Math.Min(document.Length, start + 1 + key.Below(MostSlice, 1)))]);
            }
        }
    }

    // No character is cut in two.
    private static int Boundary(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
