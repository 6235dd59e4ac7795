using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Tessera.Laboratory;

namespace Tessera.Cli.Output;

/// <summary>
/// Draws a chart as SVG: lines over numbers, groups of bars over names. The picture needs no script and no other file. Its legend is for the page to
/// write, which knows the width of its letters.
/// </summary>
internal static class ChartDrawing
{
    private const int Width = 720;
    private const int Height = 400;

    private const int TitleDistance = 14; // between an axis' numbers, whose width is only guessed, and its title

    private const double LetterWidth = 6.5; // of a name at an axis, on average

    // Okabe and Ito's colours, which the colour-blind can tell apart.
    private static readonly string[] s_colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F"];

    /// <summary>The colour of a series, as HTML writes it.</summary>
    public static string Colour(int series) => s_colours[series % s_colours.Length];

    /// <summary>Draws it.</summary>
    /// <returns>An <c>svg</c> element.</returns>
    public static string ToSvg(ReportChart chart)
    {
        var model = new PlotModel { DefaultColors = [.. s_colours.Select(OxyColor.Parse)], Background = OxyColors.Transparent, PlotAreaBorderThickness = new OxyThickness(1, 0, 0, 1) };
        if (chart.Categories.Count > 0) AddBars(model, chart);
        else AddLines(model, chart);
        using var stream = new MemoryStream();
        new SvgExporter { Width = Width, Height = Height, IsDocument = false, UseVerticalTextAlignmentWorkaround = true }.Export(model, stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void AddLines(PlotModel model, ReportChart chart)
    {
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = chart.X, MajorGridlineStyle = LineStyle.Dot });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = chart.Y, MajorGridlineStyle = LineStyle.Dot, AxisTitleDistance = TitleDistance });
        foreach (var series in chart.Series)
        {
            var line = new LineSeries { Title = series.Name, MarkerType = series.Points.Count <= 30 ? MarkerType.Circle : MarkerType.None, MarkerSize = 3 };
            line.Points.AddRange(series.Points.Where(Drawable).Select(p => new DataPoint(p.X, p.Y)));
            model.Series.Add(line);
        }
    }

    private static void AddBars(PlotModel model, ReportChart chart)
    {
        // Bars lie in this library, so the names stand at the left, the first on top.
        var names = new CategoryAxis { Position = AxisPosition.Left, Title = chart.X, StartPosition = 1, EndPosition = 0, AxisTitleDistance = TitleDistance };
        names.Labels.AddRange(chart.Categories);
        // The library guesses the width of letters too small, and cuts long names.
        model.PlotMargins = new OxyThickness(LetterWidth * chart.Categories.Max(static c => c.Length) + 2 * TitleDistance + (chart.X.Length > 0 ? TitleDistance : 0), double.NaN, double.NaN, double.NaN);
        model.Axes.Add(names);
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = chart.Y, MajorGridlineStyle = LineStyle.Dot, MinimumPadding = 0 });
        foreach (var series in chart.Series)
        {
            var bars = new BarSeries { Title = series.Name };
            foreach (var (x, y) in series.Points.Where(Drawable))
                bars.Items.Add(new BarItem(y, Convert.ToInt32(x, CultureInfo.InvariantCulture)));
            model.Series.Add(bars);
        }
    }

    private static bool Drawable((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y);
}
