namespace Tessera.Generation;

/// <summary>
/// What a pass of some number of rows costs, in passes of one row: begins with what was measured on this engine, and follows the passes that are
/// timed by one factor on all that a pass costs above one of a single row. Time on a busy machine is noisy, so a measurement moves it by a
/// bounded step; and while nothing is drafted the factor goes slowly back to where it began, so that one bad moment does not end drafting for
/// good. It steers speed, never a result.
/// </summary>
internal sealed class PassCosts
{
    // Rows, and the cost of such a pass in passes of one: SmolLM2-135M in Q4_1, two cores of an AMD EPYC (Zen 4), 200 tokens cached. Few rows are
    // bound by reading the weights, many by arithmetic; kernels take rows in fours, so that 8 rows cost less than 7.
    private static readonly int[] s_rows = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128];
    private static readonly double[] s_costs = [1, 1.15, 1.5, 1.75, 2.3, 2.4, 3.3, 4.4, 6.6, 8.8, 17.5, 35];
    private double _unit; // seconds of a pass of one row; 0 until one was timed
    private double _logScale; // of the factor

    // How far a measurement moves what it measures, where it may lie at most, and what of a factor is left after a pass of one row.
    private const double UnitStep = 0.1;
    private const double ScaleStep = 0.35;
    private const double Bound = 2; // a pass that was interrupted counts at most twice its due
    private const double MostLogScale = 4;
    private const double Fading = 0.995;

    /// <summary>The largest size that there is a cost for.</summary>
    public static int MostRows => s_rows[^1];

    /// <summary>Whether a pass of one row has been timed: before that nothing can be compared.</summary>
    public bool IsMeasured => _unit > 0;

    /// <summary>The cost of a pass, in passes of one row; between sizes on a straight line.</summary>
    /// <param name="rows">Its rows, at least 1.</param>
    public double Of(int rows) => 1 + Math.Exp(_logScale) * (Usual(rows) - 1);

    /// <summary>Follows a pass that was timed.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="time">How long it took.</param>
    public void Measure(int rows, TimeSpan time)
    {
        if (!(time.TotalSeconds > 0)) return;
        if (rows == 1)
        {
            _unit = _unit == 0 ? time.TotalSeconds : _unit * Math.Pow(Math.Clamp(time.TotalSeconds / _unit, 1 / Bound, Bound), UnitStep);
            _logScale *= Fading;
            return;
        }

        if (!IsMeasured) return;
        var error = Math.Log(Math.Clamp(time.TotalSeconds / (_unit * Of(rows)), 1 / Bound, Bound));
        _logScale = Math.Clamp(_logScale + ScaleStep * error, -MostLogScale, MostLogScale);
    }

    private static double Usual(int rows)
    {
        var above = Array.FindIndex(s_rows, r => r >= rows);
        if (above < 0) return s_costs[^1] * rows / s_rows[^1];
        if (s_rows[above] == rows) return s_costs[above];
        var share = (double)(rows - s_rows[above - 1]) / (s_rows[above] - s_rows[above - 1]);
        return s_costs[above - 1] + share * (s_costs[above] - s_costs[above - 1]);
    }
}
