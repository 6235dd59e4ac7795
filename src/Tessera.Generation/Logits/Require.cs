namespace Tessera.Generation;

/// <summary>Checks of numbers that a user gives, with the name that the user knows them by.</summary>
internal static class Require
{
    public static double Finite(double value, string name) => double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite.");

    public static double NotNegative(double value, string name) => double.IsFinite(value) && value >= 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0.");

    public static double Positive(double value, string name) => double.IsFinite(value) && value > 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");

    public static double InRange(double value, double low, double high, string name) => value >= low && value <= high
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must lie between {low} and {high}.");

    public static int AtLeast(int value, int low, string name) => value >= low
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least {low}.");
}
