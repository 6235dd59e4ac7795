using System.Text.Json;
using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Cli.Output;

/// <summary>Measurements of tokenizers as JSON, whole: nothing is left out that the tables leave out.</summary>
internal static class TokenizerReportJson
{
    /// <summary>Writes the properties of an object that has been begun.</summary>
    public static void Write(Utf8JsonWriter json, TokenizerReport report)
    {
        json.WriteStartArray("tokenizers");
        for (var i = 0; i < report.Evaluations.Count; i++) Write(json, report, report.Evaluations[i], report.Speeds?[i]);
        json.WriteEndArray();
        json.WriteStartObject("overlap");
        json.WriteStartArray("names");
        foreach (var evaluation in report.Evaluations) json.WriteStringValue(evaluation.Name);
        json.WriteEndArray();
        json.WriteStartArray("jaccard");
        for (var i = 0; i < report.Evaluations.Count; i++)
        {
            json.WriteStartArray();
            for (var j = 0; j < report.Evaluations.Count; j++) json.WriteNumberValue(report.Overlap[i, j]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        Table(json, "scripts", CompositionTable.OfScripts([.. report.Evaluations.Select(static e => e.Composition)]));
        if (report.Languages.Count > 0) Table(json, "languages", CompositionTable.OfLanguages(report.Languages));
        else json.WriteNull("languages");
        json.WriteStartArray("correlations");
        foreach (var (measure, pearson, spearman, p, count) in report.CorrelationsWithScores())
        {
            json.WriteStartObject();
            json.WriteString("measure", measure);
            json.Number("pearson", pearson ?? double.NaN);
            json.Number("spearman", spearman ?? double.NaN);
            json.Number("p", p ?? double.NaN);
            json.WriteNumber("tokenizers", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, TokenizerReport report, TokenizerEvaluation evaluation, double? speed)
    {
        json.WriteStartObject();
        json.WriteString("name", evaluation.Name);
        json.WriteNumber("vocabularySize", evaluation.VocabularySize);
        json.WriteStartObject("composition");
        foreach (var kind in Enum.GetValues<TokenClass>()) json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()), evaluation.Composition.Count(kind));
        json.WriteEndObject();
        json.WriteStartArray("texts");
        for (var i = 0; i < evaluation.Texts.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", report.TextNames[i]);
            Measures(json, evaluation.Texts[i]);
            if (evaluation.Parity is { } parity) json.Number("premium", parity.Languages.First(l => l.Language == report.TextNames[i]).Premium);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Object(json, "total", evaluation.Total, Measures);
        Object(json, "parity", evaluation.Parity, static (json, parity) =>
        {
            json.WriteString("reference", parity.Reference);
            json.Number("median", parity.Median);
            json.WriteString("dearest", parity.Worst.Language);
            json.Number("worst", parity.Worst.Premium);
            json.Number("shareAboveTwo", parity.ShareAboveTwo);
        });
        Object(json, "lexical", evaluation.Lexical, static (json, lexical) =>
        {
            json.WriteNumber("types", lexical.Types);
            json.WriteNumber("tokens", lexical.Tokens);
            json.WriteNumber("invalidTypes", lexical.InvalidTypes);
            json.Number("typeWords", lexical.TypeWords);
            json.Number("typePure", lexical.TypePure);
            json.Number("tokenWords", lexical.TokenWords);
            json.Number("tokenPure", lexical.TokenPure);
            json.WriteStartArray("byLength");
            foreach (var length in lexical.ByLength)
            {
                json.WriteStartObject();
                json.WriteNumber("characters", length.Characters);
                json.WriteNumber("types", length.Types);
                json.WriteNumber("words", length.Words);
                json.WriteNumber("pure", length.Pure);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Strings(json, "words", lexical.Words);
            Strings(json, "others", lexical.Others);
        });
        if (evaluation.Stability is { } stability) json.Number("stability", stability);
        else json.WriteNull("stability");
        Object(json, "theory", evaluation.Theory, static (json, theory) =>
        {
            json.Number("bitsPerCharacter", theory.Loss.BitsPerCharacter);
            json.Number("charactersPerToken", theory.Loss.CharactersPerToken);
            json.WriteNumber("unseenTokens", theory.Loss.UnseenTokens);
            json.Number("exponent", theory.Exponent ?? double.NaN);
            json.Number("exponentInPieces", theory.ExponentInPieces ?? double.NaN);
            json.WriteString("missing", theory.Missing?.Text);
            json.WriteString("missingInPieces", theory.MissingInPieces?.Text);
        });
        json.Number("megabytesPerSecond", speed ?? double.NaN);
        json.WriteString("error", evaluation.Error);
        json.WriteEndObject();
    }

    private static void Measures(Utf8JsonWriter json, TextMeasures measures)
    {
        json.WriteNumber("bytes", measures.Bytes);
        json.WriteNumber("characters", measures.Characters);
        json.WriteNumber("words", measures.Words);
        json.WriteNumber("tokens", measures.Tokens);
        json.WriteNumber("distinctTokens", measures.DistinctTokens);
        json.WriteNumber("unknownTokens", measures.UnknownTokens);
        json.WriteNumber("continuedWords", measures.ContinuedWords);
        json.Number("fertility", measures.Fertility);
        json.Number("charactersPerToken", measures.CharactersPerToken);
        json.Number("bytesPerToken", measures.BytesPerToken);
        json.Number("continuedWordShare", measures.ContinuedWordShare);
        json.Number("unknownRate", measures.UnknownRate);
        json.Number("entropy", measures.Entropy);
        json.Number("renyiEfficiency", measures.RenyiEfficiency());
        json.Number("unigramBitsPerCharacter", measures.UnigramBitsPerCharacter);
    }

    private static void Object<T>(Utf8JsonWriter json, string name, T? value, Action<Utf8JsonWriter, T> write)
        where T : class
    {
        if (value is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        write(json, value);
        json.WriteEndObject();
    }

    private static void Table(Utf8JsonWriter json, string name, CompositionTable table)
    {
        json.WriteStartObject(name);
        Strings(json, "columns", table.Columns);
        json.WriteStartObject("percent");
        foreach (var (row, percent) in table.Rows)
        {
            json.WriteStartArray(row);
            foreach (var value in percent) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
