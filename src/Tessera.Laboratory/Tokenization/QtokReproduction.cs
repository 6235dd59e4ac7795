using System.Globalization;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Composition;
using Tessera.Tokenizers.Training;

namespace Tessera.Laboratory;

/// <summary>Qtok: what vocabularies are made of, and whether scripts that are rare in one pay in tokens for texts that say the same.</summary>
public sealed class QtokReproduction : IReproduction
{
    private const string Latin = "LATIN";
    private const int SampledLetters = 400;
    private const int Size = 8_192;

    private static readonly VocabularyClassifier s_classifier = new();

    /// <inheritdoc/>
    public string Method => "qtok";

    /// <inheritdoc/>
    public string Summary =>
        "The model's tokenizer, a BPE of 8,192 tokens trained here on the texts in Latin letters, and one trained on all texts: classes and scripts of their vocabularies, and for each script the tokens that texts need which say the same in other languages (the Universal Declaration of Human Rights).";

    /// <inheritdoc/>
    public Task<ReproductionReport> RunAsync(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Measure(context, progress, cancellation), cancellation);
    }

    private static ReproductionReport Measure(ReproductionContext context, IProgress<ReproductionProgress> progress, CancellationToken cancellation)
    {
        var scripts = context.Texts.Select(t => (t.Text, Script: ScriptOf(t.Text))).Where(static t => t.Script is not null).GroupBy(static t => t.Script!, static t => t.Text, StringComparer.Ordinal)
            .OrderByDescending(static g => g.Count()).ToDictionary(static g => g.Key, static g => g.ToList(), StringComparer.Ordinal);
        if (scripts.Count < Correlation.FewestRows || !scripts.TryGetValue(Latin, out var latin)) throw new ArgumentException("Texts that say the same in at least four scripts, Latin among them, are needed: name udhr.jsonl with --texts.");
        progress.Report(new ReproductionProgress(0.1, "training two vocabularies"));
        var options = new BpeTrainerOptions { VocabularySize = Size };
        (string Name, Tokenizer Tokenizer)[] tokenizers =
        [
            ("the model's", context.Model.Text.Tokenizer),
            ("trained on Latin", new BpeTrainer(options).Train(latin, null, cancellation)),
            ("trained on all", new BpeTrainer(options).Train(scripts.Values.SelectMany(static t => t), null, cancellation)),
        ];
        progress.Report(new ReproductionProgress(0.5, "counting"));
        var compositions = tokenizers.Select(t => s_classifier.Describe(t.Name, t.Tokenizer)).ToList();
        var tokens = tokenizers.Select(t => scripts.ToDictionary(static s => s.Key, s => Median([.. s.Value.Select(x => (double)t.Tokenizer.CountTokens(x, EncodeOptions.PlainText))]))).ToList();
        cancellation.ThrowIfCancellationRequested();
        var correlations = compositions.Select((c, i) => Correlation.Spearman([.. scripts.Keys.Select(c.Percent)], [.. scripts.Keys.Select(s => tokens[i][s])])).ToList();
        progress.Report(new ReproductionProgress(1, "done"));
        return Report(compositions, scripts.ToDictionary(static s => s.Key, static s => s.Value.Count), tokens, correlations);
    }

    private static ReproductionReport Report(List<VocabularyComposition> compositions, Dictionary<string, int> scripts, List<Dictionary<string, double>> tokens, List<double?> correlations)
    {
        static string Text(double value, int decimals) => value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        var (latin, rho) = (compositions[0].Percent(Latin), correlations[0]);
        var table = CompositionTable.OfScripts(compositions);
        return new ReproductionReport
        {
            Claims =
            [
                new ReproductionClaim(
                    "Vocabularies of language models differ markedly by language and class; those centred on English are dominated by Latin letters (13 tokenizers of 58 models).",
                    $"{Text(latin, 1)} % of the entries made of letters are Latin in the model's vocabulary, {Text(compositions[2].Percent(Latin), 1)} % in one trained on all texts.",
                    latin > 50 ? Verdict.Reproduced : Verdict.NotReproduced),
                new ReproductionClaim(
                    "A script that has few entries pays for it: its texts need more tokens.",
                    $"Spearman's ρ over {scripts.Count} scripts between the share of entries and tokens of a text: {string.Join(", ", compositions.Select((c, i) => $"{(correlations[i] is { } r ? Text(r, 2) : "–")} ({c.Name})"))}.",
                    rho is < -0.3 ? Verdict.Reproduced : rho is < 0 ? Verdict.PartlyReproduced : Verdict.NotReproduced),
            ],
            Tables =
            [
                new ReportTable("Classes, percent of the entries", ["vocabulary", "entries", .. Enum.GetValues<TokenClass>().Select(static c => c.ToString())],
                    [.. compositions.Select(static c => (IReadOnlyList<string>)[c.Name, c.Entries.ToString("N0", CultureInfo.InvariantCulture), .. Enum.GetValues<TokenClass>().Select(k => Text(c.Percent(k), 2))])]),
                new ReportTable("Letters by script, percent of the entries made of letters", ["vocabulary", .. table.Columns], [.. table.Rows.Select(static r => (IReadOnlyList<string>)[r.Name, .. r.Percent.Select(static p => Text(p, 2))])]),
                new ReportTable("Tokens of a text by script: the median over its languages, over that of Latin", ["script", "texts", .. compositions.SelectMany(static c => (string[])[$"entries, % ({c.Name})", $"tokens ({c.Name})"])],
                    [.. scripts.Select(s => (IReadOnlyList<string>)[s.Key, s.Value.ToString(CultureInfo.InvariantCulture), .. compositions.SelectMany((c, i) => (string[])[Text(c.Percent(s.Key), 2), Text(tokens[i][s.Key] / tokens[i][Latin], 2)])])]),
            ],
            Notes = ["Scripts are first words of characters' names, as in the paper. A text counts for the script of most of its letters.", "The paper's tokenizers belong to their models' owners; name more of them to tessera tokenizer eval."],
        };
    }

    /// <summary>The script of most of a text's first letters; null without any.</summary>
    private static string? ScriptOf(string text) => text.EnumerateRunes().Where(static r => System.Text.Rune.IsLetter(r)).Take(SampledLetters)
        .Select(static r => s_classifier.Classify(new VocabularyEntry(0, r.ToString(), r.ToString(), false)).Script).Where(static s => s is not null)
        .GroupBy(static s => s, StringComparer.Ordinal).OrderByDescending(static g => g.Count()).Select(static g => g.Key).FirstOrDefault();

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[values.Count / 2 - 1] + values[values.Count / 2]) / 2;
    }
}
