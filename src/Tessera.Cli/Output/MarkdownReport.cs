using System.Text;
using Tessera.Laboratory;

namespace Tessera.Cli.Output;

/// <summary>A report as Markdown, for documents: claims, tables, notes.</summary>
internal static class MarkdownReport
{
    /// <summary>Writes the document.</summary>
    public static string Write(ReportHead head, ReproductionReport report)
    {
        var text = new StringBuilder().Append("# ").Append(head.Title).Append("\n\n").Append(head.Summary).Append("\n\n");
        text.AppendJoin(" · ", head.Facts.Select(f => $"{f.Name}: {f.Value}")).Append("\n\n**Verdict: ").Append(ReportJson.Name(report.Verdict)).Append("**\n");
        Append(text, ["The paper", "Measured here", "Verdict"], [.. report.Claims.Select(c => (IReadOnlyList<string>)[c.Claim, c.Measured, ReportJson.Name(c.Verdict)])]);
        foreach (var table in report.Tables)
        {
            text.Append("\n## ").Append(table.Title).Append('\n');
            Append(text, table.Columns, table.Rows);
        }

        if (report.Notes.Count == 0) return text.ToString();
        text.Append("\n## Notes\n\n");
        foreach (var note in report.Notes) text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        text.Append("\n|");
        foreach (var column in columns) text.Append(' ').Append(Cell(column)).Append(" |");
        text.Append("\n|");
        foreach (var _ in columns) text.Append(" --- |");
        text.Append('\n');
        foreach (var row in rows)
        {
            text.Append('|');
            foreach (var cell in row) text.Append(' ').Append(Cell(cell)).Append(" |");
            text.Append('\n');
        }
    }

    private static string Cell(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
