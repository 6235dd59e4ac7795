using System.Text;
using Tessera.Tokenizers.Measures.Composition;
using Tessera.Tokenizers.Text;

namespace Tessera.Golden;

/// <summary>Qtok's classes of decoded tokens, script words by code point, and shares of languages.</summary>
internal sealed class VocabularyClassReader : IGoldenReader
{
    private static readonly VocabularyClassifier s_classifier = new(compatible: true);

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && (@case.Input.Has("tokens") && @case.Expected.Has("classes") || @case.Expected.Has("runs") && file.Root.Has("script_words") || @case.Expected.Has("corrected"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (@case.Expected.Find("classes") is { } classes) Classes(@case, classes, check);
        else if (@case.Expected.Find("runs") is { } runs) Runs(@case, runs, check);
        else Languages(@case, check);
    }

    /// <summary>The name that the original's tables give a class.</summary>
    internal static string Name(TokenClass kind) => kind switch
    {
        TokenClass.Control => "control_tokens",
        TokenClass.SingleByte => "pure_unicode",
        TokenClass.CharacterAlpha => "char_alpha",
        TokenClass.SpacedAlpha => "spaced_alpha",
        TokenClass.InnerAlpha => "inner_alpha",
        TokenClass.CharacterOther => "char_other",
        TokenClass.SpacedOther => "spaced_other",
        TokenClass.InnerOther => "inner_other",
        TokenClass.Flank => "unicode_flanks",
        TokenClass.CharacterError => "char_errors",
        TokenClass.SpacedError => "spaced_errors",
        _ => "inner_errors",
    };

    /// <summary>An entry as the original writes it: <c>&lt;0y…&gt;</c> for bytes that are no text.</summary>
    internal static VocabularyEntry Entry(string written) => new(-1, written.StartsWith("<0y", StringComparison.Ordinal) ? null : written, written, false);

    private static void Classes(GoldenCase @case, GoldenValue classes, GoldenCheck check)
    {
        var tokens = @case.Input["tokens"].AsStrings();
        for (var i = 0; i < tokens.Length; i++)
        {
            var (kind, script) = s_classifier.Classify(Entry(tokens[i]!));
            check.Equal(classes[i][0], Name(kind));
            // The second name says more than the first only for letters.
            if (script is not null) check.Equal(classes[i][1], script);
            else classes[i][1].Waive("repeats the class in other words");
        }
    }

    private static void Runs(GoldenCase @case, GoldenValue runs, GoldenCheck check)
    {
        check.Equal(@case.Value["unicode_version"], NameWords.UnicodeVersion);
        var got = new List<(int First, int Last, string Word)>();
        foreach (var range in @case.Input["ranges"].AsIntRows())
        {
            for (var scalar = range[0]; scalar <= range[1]; scalar++)
            {
                var word = !NameWords.Instance.TryFind(scalar, out var found) ? "no name" : found ?? "other";
                if (got.Count > 0 && got[^1].Word == word && got[^1].Last == scalar - 1) got[^1] = got[^1] with { Last = scalar };
                else got.Add((scalar, scalar, word));
            }
        }

        check.That(runs.Count == got.Count, runs.Path, $"{runs.Count} runs", $"{got.Count} runs");
        foreach (var (run, mine) in runs.Items.Zip(got))
        {
            check.Equal(run[0], mine.First);
            check.Equal(run[1], mine.Last);
            check.Equal(run[2], mine.Word);
        }
    }

    private static void Languages(GoldenCase @case, GoldenCheck check)
    {
        var tokens = @case.Input["tokens"].AsStrings();
        var map = new TokenLanguageMap(@case.Input["map"].Properties.Select(static p => KeyValuePair.Create(p.Key, (IReadOnlyList<string>)[.. p.Value.AsStrings().Select(static s => s!)])));
        var tolerance = new Tolerance(@case.File.Tolerance("percent"));
        var sizes = @case.Input["tokenizers"].Properties.ToDictionary(static p => p.Key, p => p.Value.AsString() == "all" ? tokens.Length : 2);
        var unseen = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (name, size) in sizes.Prepend(KeyValuePair.Create("Qtok", tokens.Length))) // the original's own row: all of them together
        {
            var languages = VocabularyLanguages.Of(name, tokens.Take(size).Select(static t => Entry(t!)), s_classifier, map);
            unseen.UnionWith(languages.Unknown);
            var table = @case.Expected["original"];
            var row = table.Items.Single(r => r[0].AsString() == name);
            for (var column = 1; column < row.Count; column++) check.Close(row[column], languages.OriginalPercent(table[0][column].AsString()), tolerance);
            if (@case.Expected["corrected"].Find(name) is not { } corrected) continue;
            check.That(corrected.Count == languages.Weights.Count, corrected.Path, $"{corrected.Count} languages", $"{languages.Weights.Count} languages");
            foreach (var (language, percent) in corrected.Properties) check.Close(percent, languages.Percent(language), tolerance);
        }

        @case.Expected["original"][0][0].Waive("the table's corner");
        check.SameStrings(@case.Expected["unseen"], [.. unseen]);
    }
}
