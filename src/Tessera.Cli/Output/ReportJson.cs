using System.Text.Json;
using Tessera.Laboratory;

namespace Tessera.Cli.Output;

/// <summary>A report as JSON.</summary>
internal static class ReportJson
{
    /// <summary>What people call a verdict.</summary>
    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Reproduced => "reproduced",
        Verdict.PartlyReproduced => "partly reproduced",
        Verdict.Inconclusive => "inconclusive",
        _ => "not reproduced",
    };

    /// <summary>Writes the properties of an object that has been begun.</summary>
    public static void Write(Utf8JsonWriter json, ReportHead head, ReproductionReport report)
    {
        json.WriteString("title", head.Title);
        json.WriteString("summary", head.Summary);
        json.WriteString("model", head.Model);
        json.WriteString("processor", head.Processor);
        json.WriteNumber("threads", head.Threads);
        json.WriteString("date", head.Date);
        json.WriteNumber("seconds", head.Seconds);
        json.WriteString("verdict", Name(report.Verdict));
        List(json, "claims", report.Claims, claim =>
        {
            json.WriteStartObject();
            json.WriteString("claim", claim.Claim);
            json.WriteString("measured", claim.Measured);
            json.WriteString("verdict", Name(claim.Verdict));
            json.WriteEndObject();
        });
        List(json, "tables", report.Tables, table =>
        {
            json.WriteStartObject();
            json.WriteString("title", table.Title);
            List(json, "columns", table.Columns, json.WriteStringValue);
            List(json, "rows", table.Rows, row =>
            {
                json.WriteStartArray();
                foreach (var cell in row) json.WriteStringValue(cell);
                json.WriteEndArray();
            });
            json.WriteEndObject();
        });
        List(json, "charts", report.Charts, chart => Write(json, chart));
        List(json, "notes", report.Notes, json.WriteStringValue);
    }

    private static void Write(Utf8JsonWriter json, ReportChart chart)
    {
        json.WriteStartObject();
        json.WriteString("title", chart.Title);
        json.WriteString("x", chart.X);
        json.WriteString("y", chart.Y);
        List(json, "categories", chart.Categories, json.WriteStringValue);
        List(json, "series", chart.Series, series =>
        {
            json.WriteStartObject();
            json.WriteString("name", series.Name);
            List(json, "points", series.Points, point =>
            {
                json.WriteStartArray();
                Value(json, point.X);
                Value(json, point.Y);
                json.WriteEndArray();
            });
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    private static void List<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }
}
