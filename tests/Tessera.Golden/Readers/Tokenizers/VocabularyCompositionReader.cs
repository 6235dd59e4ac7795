using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Golden;

/// <summary>Vocabularies as Qtok reads them, and its tables of classes and scripts.</summary>
internal sealed class VocabularyCompositionReader : IGoldenReader
{
    private const string All = "Qtok"; // the original's row of all vocabularies together

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && (@case.Expected.Has("collisions_reported") || @case.Input.Has("tokenizers") && (@case.Expected.Has("abs") || @case.Expected.Has("table")));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (@case.Expected.Has("collisions_reported")) Load(@case, check);
        else if (@case.Expected.Has("abs")) Classes(@case, check);
        else Scripts(@case, check);
    }

    private static void Load(GoldenCase @case, GoldenCheck check)
    {
        var (entries, collisions) = QtokVocabulary.Read(TokenizerFiles.Load(@case.File, @case.Input["tokenizer"].AsFilePath()));
        check.Equal(@case.Expected["entries"], entries.Count);
        check.Equal(@case.Expected["collisions_reported"], collisions);
        check.SameStrings(@case.Expected["first"], [.. entries.Take(@case.Expected["first"].Count)]);
        check.SameStrings(@case.Expected["last"], [.. entries.TakeLast(@case.Expected["last"].Count)]);
    }

    private static void Classes(GoldenCase @case, GoldenCheck check)
    {
        var compositions = Describe(@case);
        var tolerance = new Tolerance(@case.File.Tolerance("percent"));
        foreach (var (key, percent) in (ReadOnlySpan<(string, bool)>)[("abs", false), ("percent", true)])
        {
            var table = @case.Expected[key];
            check.SameStrings(table[0], ["Tokenizer", .. Enum.GetValues<TokenClass>().Select(VocabularyClassReader.Name)]);
            check.That(table.Count == compositions.Count + 1, table.Path, $"{table.Count} rows", $"{compositions.Count + 1} rows");
            foreach (var row in table.Items.Skip(1))
            {
                var composition = compositions.Single(c => c.Name == row[0].AsString());
                foreach (var kind in Enum.GetValues<TokenClass>())
                {
                    if (percent) check.Close(row[1 + (int)kind], Math.Round(composition.Percent(kind), 2), tolerance);
                    else check.Equal(row[1 + (int)kind], composition.Count(kind));
                }
            }
        }
    }

    private static void Scripts(GoldenCase @case, GoldenCheck check)
    {
        var table = CompositionTable.OfScripts(Describe(@case));
        var expected = @case.Expected["table"];
        // The original adds rounded percentages up, so its last column may be off by some hundredths.
        var (tolerance, loose) = (new Tolerance(@case.File.Tolerance("percent")), new Tolerance(0.1));
        check.SameStrings(expected[0], ["Tokenizer", .. table.Columns]);
        foreach (var row in expected.Items.Skip(1))
        {
            var mine = table.Rows.Single(r => r.Name == row[0].AsString());
            for (var i = 0; i < mine.Percent.Count; i++) check.Close(row[i + 1], Math.Round(mine.Percent[i], 2), table.Columns[i] == CompositionTable.Other ? loose : tolerance);
        }
    }

    private static List<VocabularyComposition> Describe(GoldenCase @case)
    {
        var classifier = new VocabularyClassifier(compatible: true);
        var names = @case.Input["tokenizers"].AsStrings();
        var union = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var compositions = new List<VocabularyComposition>();
        foreach (var name in names)
        {
            var tokenizer = TokenizerFiles.Load(@case.File, Find(@case.File, name!));
            compositions.Add(classifier.Describe(name!, tokenizer));
            union.AddRange(QtokVocabulary.Read(tokenizer).Entries.Where(known.Add));
        }

        compositions.Insert(0, classifier.Describe(All, union.Select(VocabularyClassReader.Entry)));
        return compositions;
    }

    /// <summary>Another case of the file names the tokenizer's file; if none does, it is a real model.</summary>
    private static string Find(GoldenFile file, string name)
    {
        foreach (var other in file.Cases)
        {
            if (other.Has("input") && other.Input.Find("tokenizer") is { Kind: JsonValueKind.String } path && Path.GetFileName(path.Element.GetString()!).StartsWith(name + ".", StringComparison.Ordinal))
                return file.Resolve(path.Element.GetString()!);
        }

        return Path.Combine(file.Directory.RealModel(name), "tokenizer.json");
    }
}
