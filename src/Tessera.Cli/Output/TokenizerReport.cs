using System.Globalization;
using System.Text;
using Tessera.Laboratory;
using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Cli.Output;

/// <summary>Measurements of tokenizers as tables and charts.</summary>
internal sealed class TokenizerReport
{
    private const int MostTextColumns = 8; // more do not fit a table; they are in the JSON
    private const int DearestLanguages = 15;

    /// <summary>What was measured of each.</summary>
    public required IReadOnlyList<TokenizerEvaluation> Evaluations { get; init; }

    /// <summary>The names of the texts.</summary>
    public required IReadOnlyList<string> TextNames { get; init; }

    /// <summary>Jaccard's index of each pair of vocabularies.</summary>
    public required double[,] Overlap { get; init; }

    /// <summary>The languages of each vocabulary; empty where they are not known.</summary>
    public required IReadOnlyList<VocabularyLanguages> Languages { get; init; }

    /// <summary>Megabytes a second; null where nobody timed.</summary>
    public IReadOnlyList<double>? Speeds { get; init; }

    /// <summary>The language that others are compared with; null for none.</summary>
    public string? Reference { get; init; }

    /// <summary>Where the words come from; null for none.</summary>
    public string? LexiconSource { get; init; }

    /// <summary>Scores by tokenizer; null for none.</summary>
    public IReadOnlyDictionary<string, double>? Scores { get; init; }

    /// <summary>What was done, in a sentence.</summary>
    public string Summary => TextNames.Count == 0
        ? "What the vocabularies are made of, by classes, scripts and what they share; no text was measured."
        : $"Every text was encoded once by each tokenizer, without special tokens: {Evaluations.Max(static e => e.Total?.Characters ?? 0).ToString("N0", CultureInfo.InvariantCulture)} characters of {string.Join(", ", TextNames.Take(MostTextColumns))}{(TextNames.Count > MostTextColumns ? " …" : "")}.";

    /// <summary>Each measure's name and value of a tokenizer, for correlations and the first table.</summary>
    public static IReadOnlyList<(string Name, double Value, string Text)> MeasuresOf(TokenizerEvaluation evaluation, double? speed)
    {
        var measures = new List<(string, double, string)>();
        void Add(string name, double? value, string format)
        {
            if (value is { } number) measures.Add((name, number, double.IsNaN(number) ? "–" : number.ToString(format, CultureInfo.InvariantCulture)));
        }

        var total = evaluation.Total;
        Add("tokens", total?.Tokens, "N0");
        Add("characters/token", total?.CharactersPerToken, "F3");
        Add("bytes/token", total?.BytesPerToken, "F3");
        Add("tokens/word", total?.Fertility, "F3");
        Add("words cut %", 100 * total?.ContinuedWordShare, "F1");
        Add("unknown %", 100 * total?.UnknownRate, "F3");
        Add("Rényi efficiency", total?.RenyiEfficiency(), "F3");
        Add("vocabulary used %", total is null ? null : 100.0 * total.DistinctTokens / evaluation.VocabularySize, "F1");
        Add("unigram bits/character", total?.UnigramBitsPerCharacter, "F3");
        Add("cuts that stay %", 100 * evaluation.Stability, "F1");
        Add("MB/s", speed, "F1");
        return measures;
    }

    /// <summary>All tables that there is something for.</summary>
    public IReadOnlyList<ReportTable> Tables()
    {
        var tables = new List<ReportTable>();
        if (TextNames.Count > 0)
        {
            Measures(tables);
            if (TextNames.Count > 1) ByText(tables);
            if (Reference is not null) Parity(tables);
            if (Evaluations.Any(static e => e.Lexical is not null)) Lexical(tables);
            if (Evaluations.Any(static e => e.Theory is not null)) Theory(tables);
            if (Scores is not null) Correlations(tables);
        }

        Classes(tables);
        if (Evaluations.Any(static e => e.Composition.Letters > 0)) tables.Add(Table("Letters by script, percent of the entries made of letters", CompositionTable.OfScripts([.. Evaluations.Select(static e => e.Composition)])));
        if (Languages.Any(static l => l.Found > 0)) tables.Add(Table("Languages of the entries whose language is known, percent", CompositionTable.OfLanguages(Languages)));
        if (Evaluations.Count > 1) Shared(tables);
        return tables;
    }

    /// <summary>All charts that there is something for.</summary>
    public IReadOnlyList<ReportChart> Charts()
    {
        var charts = new List<ReportChart>();
        var measured = Evaluations.Where(static e => e.Total is not null).ToList();
        if (measured.Count > 0 && TextNames.Count <= MostTextColumns)
        {
            charts.Add(new ReportChart("Bytes a token: longer is shorter text", "", "bytes a token", [.. TextNames.Select((name, t) => new ChartSeries(name, [.. measured.Select((e, i) => ((double)i, e.Texts[t].BytesPerToken))]))])
            {
                Categories = [.. measured.Select(static e => e.Name)],
            });
        }

        if (measured.Any(static e => e.Parity is not null))
            charts.Add(new ReportChart($"Tokens that languages need for what {Reference} says in one, from the cheapest to the dearest", "languages, percent", "premium", [.. measured.Select(static e => new ChartSeries(e.Name, Curve(e.Parity!)))]));
        if (measured.Any(static e => e.Lexical is not null))
        {
            charts.Add(new ReportChart("Different tokens that are words, and whole roots or affixes", "", "percent", [
                new ChartSeries("words", [.. measured.Select(static (e, i) => ((double)i, e.Lexical?.TypeWords ?? 0))]),
                new ChartSeries("roots and affixes", [.. measured.Select(static (e, i) => ((double)i, e.Lexical?.TypePure ?? 0))]),
            ]) { Categories = [.. measured.Select(static e => e.Name)] });
        }

        var classes = Enum.GetValues<TokenClass>();
        charts.Add(new ReportChart("What the vocabularies are made of", "", "percent of the entries", [.. Evaluations.Select(e => new ChartSeries(e.Name, [.. classes.Select((c, i) => ((double)i, e.Composition.Percent(c)))]))])
        {
            Categories = [.. classes.Select(Name)],
        });
        if (Speeds is not null) charts.Add(new ReportChart("Speed on one core", "", "MB/s", [new ChartSeries("MB/s", [.. Speeds.Select(static (s, i) => ((double)i, s))])]) { Categories = [.. Evaluations.Select(static e => e.Name)] });
        return charts;
    }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes()
    {
        var notes = new List<string>();
        if (Evaluations.Any(static e => e.Total is not null)) notes.Add("Words are what white space separates; a language that writes none has few and long ones. Rényi efficiency is of order 2.5, over the whole vocabulary.");
        if (LexiconSource is not null) notes.Add($"Words of the language: {LexiconSource}. Counted over different tokens, as the paper's tables do, and over all tokens, as its text says; short tokens are words by accident.");
        if (Scores is not null) notes.Add("Correlations over a handful of models are hypotheses: p is the share of all orders of the scores whose |r| is as large.");
        notes.Add($"Characters are named as in Unicode {VocabularyComposition.UnicodeVersion}.{(Evaluations[0].Composition.IsCompatible ? " Classes are those of the paper's program, its guesses included." : "")}");
        foreach (var failed in Evaluations.Where(static e => e.Error is not null)) notes.Add($"{failed.Name} could not be measured: {failed.Error}");
        return notes;
    }

    /// <summary>What people call a class.</summary>
    public static string Name(TokenClass kind) => kind switch
    {
        TokenClass.Control => "control",
        TokenClass.SingleByte => "byte",
        TokenClass.CharacterAlpha => "letter",
        TokenClass.SpacedAlpha => "word start",
        TokenClass.InnerAlpha => "within words",
        TokenClass.CharacterOther => "symbol",
        TokenClass.SpacedOther => "blank and other",
        TokenClass.InnerOther => "other",
        TokenClass.Flank => "piece of characters",
        TokenClass.CharacterError => "unnamed",
        TokenClass.SpacedError => "blank and unnamed",
        _ => "with unnamed",
    };

    private void Measures(List<ReportTable> tables)
    {
        var rows = Evaluations.Select((e, i) => (Name: e.Name, Size: e.VocabularySize, Measures: MeasuresOf(e, Speeds?[i]))).ToList();
        var columns = rows.MaxBy(static r => r.Measures.Count).Measures.Select(static m => m.Name).ToList();
        tables.Add(new ReportTable("Measures over all texts", ["tokenizer", "vocabulary", .. columns], [.. rows.Select(r => (IReadOnlyList<string>)
            [r.Name, Number(r.Size), .. columns.Select(c => r.Measures.Where(m => m.Name == c).Select(static m => m.Text).FirstOrDefault("–"))])]));
    }

    private void ByText(List<ReportTable> tables)
    {
        var shown = TextNames.Take(MostTextColumns).ToList();
        var title = TextNames.Count > MostTextColumns ? $"Characters a token, the first {MostTextColumns} of {TextNames.Count:N0} texts" : "Characters a token";
        tables.Add(new ReportTable(title, ["tokenizer", .. shown], [.. Evaluations.Where(static e => e.Total is not null).Select(e => (IReadOnlyList<string>)[e.Name, .. shown.Select((_, t) => Number(e.Texts[t].CharactersPerToken, 3))])]));
    }

    private void Parity(List<ReportTable> tables)
    {
        var measured = Evaluations.Where(static e => e.Parity is not null).ToList();
        if (measured.Count == 0) return;
        tables.Add(new ReportTable($"Parity: tokens beside {Reference} for the same content", ["tokenizer", "median", "dearest", "its premium", "above 2, %"],
            [.. measured.Select(static e => (IReadOnlyList<string>)[e.Name, Number(e.Parity!.Median, 2), e.Parity.Worst.Language, Number(e.Parity.Worst.Premium, 2), Number(100 * e.Parity.ShareAboveTwo, 1)])]));
        var dearest = measured.SelectMany(static e => e.Parity!.Languages).GroupBy(static l => l.Language, StringComparer.Ordinal)
            .OrderByDescending(static g => g.Average(static l => l.Premium)).Take(DearestLanguages).Select(static g => g.Key).ToList();
        tables.Add(new ReportTable("The dearest languages", ["language", .. measured.Select(static e => e.Name)], [.. dearest.Select(language => (IReadOnlyList<string>)
            [language, .. measured.Select(e => Number(e.Parity!.Languages.First(l => l.Language == language).Premium, 2))])]));
    }

    private void Lexical(List<ReportTable> tables)
    {
        var measured = Evaluations.Where(static e => e.Lexical is not null).ToList();
        tables.Add(new ReportTable("Tokens that are words (%TR), and whole roots or affixes (%Pure)",
            ["tokenizer", "different tokens", "%TR of different", "%Pure of different", "%TR of all", "%Pure of all", "no text alone", "%TR, 1 character", "2", "3", "4 and more"],
            [.. measured.Select(static e => (IReadOnlyList<string>)[
                e.Name, Number(e.Lexical!.Types), Number(e.Lexical.TypeWords, 2), Number(e.Lexical.TypePure, 2), Number(e.Lexical.TokenWords, 2), Number(e.Lexical.TokenPure, 2), Number(e.Lexical.InvalidTypes),
                .. e.Lexical.ByLength.Select(static l => l.Types == 0 ? "–" : Number(100.0 * l.Words / l.Types, 1))])]));
    }

    private void Theory(List<ReportTable> tables) => tables.Add(new ReportTable("Theory of tokenization",
        ["tokenizer", "bits/character without memory", "characters/token", "unseen tokens", "β", "β within pieces", "most probable string that is no token"],
        [.. Evaluations.Where(static e => e.Theory is not null).Select(static e => (IReadOnlyList<string>)[
            e.Name, Number(e.Theory!.Loss.BitsPerCharacter, 3), Number(e.Theory.Loss.CharactersPerToken, 3), Number(e.Theory.Loss.UnseenTokens),
            e.Theory.Exponent is { } beta ? Number(beta, 3) : "–", e.Theory.ExponentInPieces is { } inner ? Number(inner, 3) : "–", e.Theory.Missing is { } missing ? VisibleText.Quote(Encoding.UTF8.GetBytes(missing.Text)) : "–"])]));

    private void Correlations(List<ReportTable> tables) => tables.Add(new ReportTable("Correlation of measures with your scores", ["measure", "Pearson r", "Spearman ρ", "exact p of r", "tokenizers"],
        [.. CorrelationsWithScores().Select(static c => (IReadOnlyList<string>)[c.Measure, c.Pearson is { } r ? Number(r, 2) : "–", c.Spearman is { } s ? Number(s, 2) : "–", c.P is { } p ? Number(p, 3) : "–", Number(c.Count)])]));

    /// <summary>How each measure goes with the scores.</summary>
    public IReadOnlyList<(string Measure, double? Pearson, double? Spearman, double? P, int Count)> CorrelationsWithScores()
    {
        var rows = Evaluations.Select((e, i) => (e, Measures: MeasuresOf(e, Speeds?[i]))).Where(r => Scores?.ContainsKey(r.e.Name) == true && r.e.Total is not null).ToList();
        if (rows.Count < Correlation.FewestRows) return [];
        var scores = rows.Select(r => Scores![r.e.Name]).ToList();
        var correlations = new List<(string, double?, double?, double?, int)>();
        void Add(string name, List<double> values)
        {
            if (!values.All(double.IsFinite)) return;
            var p = rows.Count <= Correlation.MostPermutedRows ? Correlation.PermutationTest(values, scores) : null;
            correlations.Add((name, Correlation.Pearson(values, scores), Correlation.Spearman(values, scores), p, rows.Count));
        }

        for (var m = 0; m < rows[0].Measures.Count; m++) Add(rows[0].Measures[m].Name, [.. rows.Select(r => r.Measures[m].Value)]);
        if (rows.All(static r => r.e.Lexical is not null))
        {
            Add("%TR of different tokens", [.. rows.Select(static r => r.e.Lexical!.TypeWords)]);
            Add("%Pure of different tokens", [.. rows.Select(static r => r.e.Lexical!.TypePure)]);
        }

        return correlations;
    }

    private void Classes(List<ReportTable> tables) => tables.Add(new ReportTable("Classes of the vocabularies' entries, percent", ["tokenizer", "entries", .. Enum.GetValues<TokenClass>().Select(Name), "whole characters"],
        [.. Evaluations.Select(static e => (IReadOnlyList<string>)[e.Name, Number(e.Composition.Entries), .. Enum.GetValues<TokenClass>().Select(c => Number(e.Composition.Percent(c), 2)), Number(e.Composition.Completeness, 2)])]));

    private void Shared(List<ReportTable> tables)
    {
        var order = VocabularyOverlap.Order(Overlap);
        tables.Add(new ReportTable("What vocabularies share: Jaccard's index, alike ones beside each other", ["tokenizer", .. order.Select(i => Evaluations[i].Name)],
            [.. order.Select(i => (IReadOnlyList<string>)[Evaluations[i].Name, .. order.Select(j => Number(Overlap[i, j], 3))])]));
    }

    private static ReportTable Table(string title, CompositionTable table) =>
        new(title, ["tokenizer", .. table.Columns], [.. table.Rows.Select(static r => (IReadOnlyList<string>)[r.Name, .. r.Percent.Select(static p => Number(p, 2))])]);

    private static IReadOnlyList<(double X, double Y)> Curve(LanguageParity parity) => [.. parity.Languages.Select((l, i) => (100.0 * (i + 1) / parity.Languages.Count, l.Premium))];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, int decimals) => double.IsFinite(value) ? value.ToString("F" + decimals, CultureInfo.InvariantCulture) : "–";
}
