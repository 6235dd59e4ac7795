namespace Tessera.Laboratory;

/// <summary>A table of figures.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The columns' heads, with units.</param>
/// <param name="Rows">The rows, each with a cell for each column.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);
