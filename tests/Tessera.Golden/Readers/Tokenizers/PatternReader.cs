using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Golden;

/// <summary>Splitting patterns on strings: the ends of the pieces, by the scanner where there is one and by the general engine.</summary>
internal sealed class PatternReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && file.Root.Has("patterns") && file.Root.Has("strings") && @case.Input.Has("pattern") && @case.Expected.Has("ends");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input) = (@case.File, @case.Input);
        var pattern = file.Root["patterns"][input["pattern"].AsString()].AsString();
        var text = input["string"] is { Kind: JsonValueKind.Number } index ? file.Root["strings"][index.AsInt()].AsString() : input["string"].AsString();
        var compiled = file.Directory.RunCache.Get("regex|" + pattern, () => RegexPattern.Compile(pattern, @case.Id, "pattern"));
        check.SameIds(@case.Expected["ends"], Ends(compiled, text));
        if (KnownPatterns.Find(pattern) is { } scanner)
            check.That(Ends(scanner, text).AsSpan().SequenceEqual(@case.Expected["ends"].AsInts()), "expected.ends", "the same from the scanner", string.Join(' ', Ends(scanner, text)));
    }

    private static int[] Ends(TextPattern pattern, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var ends = new List<int>();
        var search = pattern.Search(utf8.Length);
        var covered = 0;
        while (search.Next(utf8, out var start, out var end))
        {
            if (start > covered) ends.Add(Utf8Text.Count(utf8.AsSpan(0, start)));
            if (end > start) ends.Add(Utf8Text.Count(utf8.AsSpan(0, end)));
            covered = end;
        }

        if (covered < utf8.Length) ends.Add(Utf8Text.Count(utf8));
        return [.. ends];
    }
}
