namespace Tessera.Laboratory;

/// <summary>Figures to draw.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="X">What goes to the right, with its unit.</param>
/// <param name="Y">What goes up, with its unit.</param>
/// <param name="Series">The lines, or the groups of bars.</param>
public sealed record ReportChart(string Title, string X, string Y, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Names of the places to the right, for bars: the points' X are their indices. Empty for lines over numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];
}
