using System.Net;
using System.Text;
using System.Text.Json;
using Tessera.Laboratory;

namespace Tessera.Cli.Output;

/// <summary>A page with claims, tables and charts in one file that opens anywhere: no script, no font, nothing fetched. Its data stand in it as JSON.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
        table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
        th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid #8884; vertical-align: top; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        .wide { overflow-x: auto; }
        .facts { color: #777; } .verdict { font-weight: 600; white-space: nowrap; }
        .verdict.good { color: #0a7d50; } .verdict.middling { color: #b26a00; } .verdict.bad { color: #c0392b; }
        figure { margin: 1rem 0; background: #fff; border: 1px solid #8884; border-radius: .5rem; padding: 1rem; overflow-x: auto; }
        figcaption { color: #333; font-weight: 600; }
        .legend { color: #333; margin: .5rem 0; } .legend span { margin-right: 1.25rem; white-space: nowrap; }
        .legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .4rem; }
        """;

    /// <summary>Writes the page of a reproduction.</summary>
    public static string Write(ReportHead head, ReproductionReport report) => Page(
        head, html => Append(html, report), report.Charts, report.Tables, report.Notes, json => ReportJson.Write(json, head, report));

    /// <summary>Writes the page of measurements.</summary>
    /// <param name="head">What was measured.</param>
    /// <param name="charts">Charts, which stand first.</param>
    /// <param name="tables">Tables.</param>
    /// <param name="notes">What a reader must know.</param>
    /// <param name="data">Writes the properties of the object that stands in the page for programs.</param>
    public static string Write(ReportHead head, IReadOnlyList<ReportChart> charts, IReadOnlyList<ReportTable> tables, IReadOnlyList<string> notes, Action<Utf8JsonWriter> data) =>
        Page(head, static _ => { }, charts, tables, notes, data);

    private static string Page(
        ReportHead head, Action<StringBuilder> findings, IReadOnlyList<ReportChart> charts, IReadOnlyList<ReportTable> tables, IReadOnlyList<string> notes, Action<Utf8JsonWriter> data)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
            .Append(Text(head.Title)).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n");
        html.Append("<h1>").Append(Text(head.Title)).Append("</h1>\n<p>").Append(Text(head.Summary)).Append("</p>\n<p class=\"facts\">")
            .AppendJoin(" · ", head.Facts.Select(f => $"{Text(f.Name)}: {Text(f.Value)}")).Append("</p>\n");
        findings(html);
        foreach (var chart in charts) Append(html, chart);
        foreach (var table in tables) Append(html, table);
        if (notes.Count > 0)
        {
            html.Append("<h2>Notes</h2>\n<ul>\n");
            foreach (var note in notes) html.Append("<li>").Append(Text(note)).Append("</li>\n");
            html.Append("</ul>\n");
        }

        // "<" can't stand in it as it is, so no text in it ends the element.
        html.Append("<script type=\"application/json\" id=\"data\">").Append(Data(data)).Append("</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Append(StringBuilder html, ReproductionReport report)
    {
        html.Append("<p>Verdict: ").Append(Badge(report.Verdict)).Append("</p>\n");
        html.Append("<table>\n<tr><th>The paper</th><th>Measured here</th><th>Verdict</th></tr>\n");
        foreach (var claim in report.Claims)
            html.Append("<tr><td>").Append(Text(claim.Claim)).Append("</td><td>").Append(Text(claim.Measured)).Append("</td><td>").Append(Badge(claim.Verdict)).Append("</td></tr>\n");
        html.Append("</table>\n");
    }

    private static void Append(StringBuilder html, ReportChart chart)
    {
        html.Append("<figure>\n<figcaption>").Append(Text(chart.Title)).Append("</figcaption>\n");
        if (chart.Series.Count > 1)
        {
            html.Append("<p class=\"legend\">");
            for (var i = 0; i < chart.Series.Count; i++)
                html.Append("<span><i style=\"background:").Append(ChartDrawing.Colour(i)).Append("\"></i>").Append(Text(chart.Series[i].Name)).Append("</span>");
            html.Append("</p>\n");
        }

        html.Append(ChartDrawing.ToSvg(chart)).Append("\n</figure>\n");
    }

    private static void Append(StringBuilder html, ReportTable table)
    {
        var numbers = table.Columns.Select((_, c) => table.Rows.Count > 0 && table.Rows.All(r => IsNumber(r[c]))).ToArray();
        string Class(int column) => numbers[column] ? " class=\"number\"" : "";
        html.Append("<h2>").Append(Text(table.Title)).Append("</h2>\n<div class=\"wide\"><table>\n<tr>");
        for (var c = 0; c < table.Columns.Count; c++) html.Append("<th").Append(Class(c)).Append('>').Append(Text(table.Columns[c])).Append("</th>");
        html.Append("</tr>\n");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            for (var c = 0; c < row.Count; c++) html.Append("<td").Append(Class(c)).Append('>').Append(Text(row[c])).Append("</td>");
            html.Append("</tr>\n");
        }

        html.Append("</table></div>\n");
    }

    private static string Data(Action<Utf8JsonWriter> data)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) // its encoder escapes all that HTML could take for a tag
        {
            json.WriteStartObject();
            data(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static bool IsNumber(string cell) => cell == "–" || cell.Any(char.IsAsciiDigit) && cell.All(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '−' or '%' or '×' or ' ' or '±' or 'e' or '+');

    private static string Badge(Verdict verdict) => $"<span class=\"verdict {verdict switch { Verdict.Reproduced => "good", Verdict.NotReproduced => "bad", _ => "middling" }}\">{ReportJson.Name(verdict)}</span>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
