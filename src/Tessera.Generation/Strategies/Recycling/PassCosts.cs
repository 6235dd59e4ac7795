namespace Tessera.Generation;

/// <summary>
/// What a pass of some number of rows costs, in passes of one row: begins with what was measured on this engine and follows the passes that are
/// timed. Time on a busy machine is noisy, so a measurement moves it by a small, bounded step. It steers speed, never a result.
/// </summary>
internal sealed class PassCosts
{
    // Rows, and the cost of such a pass in passes of one: SmolLM2-135M in Q4_1, two cores of an AMD EPYC (Zen 4), 200 tokens cached. Few rows are
    // bound by reading the weights, many by arithmetic; kernels take rows in fours, so that 8 rows cost less than 7.
    private static readonly int[] s_rows = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128];
    private readonly double[] _costs = [1, 1.15, 1.5, 1.75, 2.3, 2.4, 3.3, 4.4, 6.6, 8.8, 17.5, 35];
    private double _unit; // seconds of a pass of one row; 0 until one was timed

    // A step of a tenth: about seven measurements halve an error. A pass that was interrupted counts at most twice its due.
    private const double Step = 0.1;
    private const double Bound = 2;

    /// <summary>The largest size that there is a cost for.</summary>
    public static int MostRows => s_rows[^1];

    /// <summary>The cost of a pass, in passes of one row; between sizes on a straight line.</summary>
    /// <param name="rows">Its rows, at least 1.</param>
    public double Of(int rows)
    {
        var above = Array.FindIndex(s_rows, r => r >= rows);
        if (above < 0) return _costs[^1] * rows / s_rows[^1];
        if (s_rows[above] == rows) return _costs[above];
        var share = (double)(rows - s_rows[above - 1]) / (s_rows[above] - s_rows[above - 1]);
        return _costs[above - 1] + share * (_costs[above] - _costs[above - 1]);
    }

    /// <summary>Follows a pass that was timed.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="time">How long it took.</param>
    public void Measure(int rows, TimeSpan time)
    {
        var cost = Of(rows);
        if (_unit == 0) _unit = time.TotalSeconds / cost;
        if (!(time.TotalSeconds > 0) || !(_unit > 0)) return;
        var factor = Math.Pow(Math.Clamp(time.TotalSeconds / (_unit * cost), 1 / Bound, Bound), Step);
        if (rows == 1)
        {
            _unit *= factor;
            return;
        }

        // The sizes on both sides answer for it, the nearer one more.
        var above = Math.Max(Array.FindIndex(s_rows, r => r >= rows), 1);
        var share = Math.Clamp((double)(rows - s_rows[above - 1]) / (s_rows[above] - s_rows[above - 1]), 0, 1);
        _costs[above] = Math.Max(1, _costs[above] * Math.Pow(factor, share));
        if (above > 1) _costs[above - 1] = Math.Max(1, _costs[above - 1] * Math.Pow(factor, 1 - share));
    }
}
