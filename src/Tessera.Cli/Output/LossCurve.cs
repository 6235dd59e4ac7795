using System.Globalization;
using System.Text;

namespace Tessera.Cli.Output;

/// <summary>A curve in text: means of equal parts of a run, drawn with Braille dots, two columns and four rows a character.</summary>
internal static class LossCurve
{
    private const int Columns = 60, Rows = 10;

    /// <summary>Draws a curve; nothing for fewer than two values.</summary>
    public static void Write(CommandConsole console, IReadOnlyList<double> losses)
    {
        if (losses.Count < 2) return;
        var points = new double[Math.Min(2 * Columns, losses.Count)];
        for (var i = 0; i < points.Length; i++)
        {
            var (from, to) = (i * losses.Count / points.Length, (i + 1) * losses.Count / points.Length);
            points[i] = losses.Skip(from).Take(to - from).Average();
        }

        var (low, high) = (points.Min(), points.Max());
        var dots = new int[Rows, Columns];
        for (var i = 0; i < points.Length; i++)
        {
            var level = (int)Math.Round((high - points[i]) / Math.Max(high - low, 1e-9) * (4 * Rows - 1));
            dots[level / 4, i / 2] |= Dot(i % 2, level % 4);
        }

        for (var row = 0; row < Rows; row++)
        {
            var line = new StringBuilder();
            for (var column = 0; column < Columns; column++) line.Append((char)(0x2800 + dots[row, column]));
            var label = row == 0 ? high.ToString("F2", CultureInfo.InvariantCulture) : row == Rows - 1 ? low.ToString("F2", CultureInfo.InvariantCulture) : "";
            console.Output.WriteLine($"{label,6} {line.ToString().TrimEnd('\u2800')}");
        }
    }

    // Unicode's numbering of Braille dots: 1 2 3 7 down the left column, 4 5 6 8 down the right one.
    private static int Dot(int column, int row) => (column, row) switch
    {
        (0, 3) => 0x40,
        (1, 3) => 0x80,
        (0, _) => 1 << row,
        _ => 8 << row,
    };
}
