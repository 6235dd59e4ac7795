namespace Tessera.Evaluation.Statistics;

/// <summary>
/// McNemar's test, exact: whether two methods that answered the same questions differ in how many they answer rightly. Only the questions count that
/// one of them alone got right; without a difference each of those is a coin's toss.
/// </summary>
public static class McNemar
{
    /// <summary>The two-sided p-value: the probability of a split as uneven as this one, or more.</summary>
    /// <param name="onlyFirst">Questions that the first method alone got right, at least 0.</param>
    /// <param name="onlySecond">Questions that the second method alone got right, at least 0.</param>
    public static double PValue(int onlyFirst, int onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        var (n, fewer) = (onlyFirst + onlySecond, Math.Min(onlyFirst, onlySecond));
        var (logTerm, sum) = (-n * Math.Log(2), 0.0); // ln of C(n, i) / 2ⁿ
        for (var i = 0; i <= fewer; i++)
        {
            sum += Math.Exp(logTerm);
            logTerm += Math.Log(n - i) - Math.Log(i + 1);
        }

        return Math.Min(1, 2 * sum);
    }
}
