namespace Tessera.Laboratory;

/// <summary>One line of a chart, or one bar in each of its groups.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, in order.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points);
