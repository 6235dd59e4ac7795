using System.Globalization;
using System.Numerics;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Floats as Python writes them: repr (shortest digits that read back, exponent from 1e16 and below 1e-4) and the exact, half-to-even
/// rounding of the formats e, f and g, which .NET's formatting does not promise.
/// </summary>
internal static class PythonFloat
{
    /// <summary>Digits behind the point, or significant ones, after which every float has zeros only (1,074 and 767), rounded up.</summary>
    public const int MaxDigits = 1100;

    /// <summary>Examples: 1 → "1.0", 1e16 → "1e+16", 0.00001 → "1e-05".</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
            return NotFinite(value);
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        // "E16" pads; "R" is the shortest round trip. Its exponent form varies, so only digits and magnitude are taken from it.
        var (digits, pointAt) = Shortest(Math.Abs(value));
        var sign = value < 0 ? "-" : "";
        if (pointAt is > 16 or <= -4)
            return sign + Scientific(digits, pointAt - 1);
        if (pointAt <= 0)
            return sign + "0." + new string('0', -pointAt) + digits;
        return digits.Length <= pointAt
            ? sign + digits + new string('0', pointAt - digits.Length) + ".0"
            : sign + digits[..pointAt] + "." + digits[pointAt..];
    }

    /// <summary>The format f of the absolute value: <paramref name="decimals"/> digits after the point.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return NotFinite(Math.Abs(value));
        if (decimals > MaxDigits)
            return Fixed(value, MaxDigits) + new string('0', decimals - MaxDigits);
        var (mantissa, exponent) = Decompose(value);
        var digits = RoundedScale(mantissa, exponent, decimals).ToString(CultureInfo.InvariantCulture);
        if (decimals == 0)
            return digits;
        digits = digits.PadLeft(decimals + 1, '0');
        return digits[..^decimals] + "." + digits[^decimals..];
    }

    /// <summary>The format e of the absolute value.</summary>
    public static string Exponent(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return NotFinite(Math.Abs(value));
        var (digits, exponent) = SignificantDigits(value, Math.Min(decimals, MaxDigits) + 1);
        return Scientific(digits + new string('0', Math.Max(decimals - MaxDigits, 0)), exponent);
    }

    /// <summary>The format g of the absolute value: <paramref name="precision"/> significant digits, trailing zeros removed unless kept.</summary>
    public static string General(double value, int precision, bool keepZeros)
    {
        if (!double.IsFinite(value))
            return NotFinite(Math.Abs(value));
        precision = Math.Clamp(precision, 1, MaxDigits); // more digits would be zeros, which this format removes
        var (digits, exponent) = SignificantDigits(value, precision);
        if (exponent < -4 || exponent >= precision)
            return Scientific(keepZeros ? digits : digits.TrimEnd('0') is { Length: > 0 } kept ? kept : "0", exponent);
        var text = Fixed(value, precision - 1 - exponent);
        return keepZeros || !text.Contains('.') ? text : text.TrimEnd('0').TrimEnd('.');
    }

    /// <summary>Python's round(value, digits) for floats: exact decimal value, half to even.</summary>
    public static double Round(double value, int digits)
    {
        // Beyond these, rounding changes nothing or gives zero (the largest float has 309 digits, the smallest step is 2^-1074).
        if (!double.IsFinite(value) || digits > 330)
            return value;
        if (digits < -310)
            return value * 0.0;
        var (mantissa, exponent) = Decompose(value);
        var scaled = RoundedScale(mantissa, exponent, digits);
        var text = scaled.ToString(CultureInfo.InvariantCulture) + "e" + (-digits).ToString(CultureInfo.InvariantCulture);
        var rounded = double.Parse(text, CultureInfo.InvariantCulture);
        if (double.IsInfinity(rounded))
            throw Faults.Arithmetic("rounded value too large to represent");
        return double.IsNegative(value) ? -rounded : rounded;
    }

    /// <summary>Python's float(text): surrounding whitespace, single underscores between digits, inf and nan in any case.</summary>
    public static bool TryParse(string text, out double value)
    {
        value = 0;
        var body = PythonText.Strip(text);
        var unsigned = body.Length > 0 && body[0] is '+' or '-' ? body[1..] : body;
        switch (unsigned.ToString().ToUpperInvariant())
        {
            case "INF" or "INFINITY":
                value = body[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            case "NAN":
                value = double.NaN;
                return true;
        }

        return PythonText.TryRemoveUnderscores(body, out var digits) && digits.Length > 0 && char.IsAsciiDigit(digits[^1]) | digits[^1] == '.'
            && double.TryParse(digits, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture, out value);
    }

    private static string NotFinite(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    private static string Scientific(string digits, int exponent)
    {
        var magnitude = Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
        var head = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
        return $"{head}e{(exponent < 0 ? '-' : '+')}{magnitude}";
    }

    /// <summary>Shortest digits without trailing zeros, and where the point stands: value = 0.digits × 10^pointAt.</summary>
    private static (string Digits, int PointAt) Shortest(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = 0;
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e >= 0)
        {
            exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..e];
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var digits = point < 0 ? text : whole + text[(point + 1)..];
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits[leading..].TrimEnd('0'), whole.Length - leading + exponent);
    }

    private static (BigInteger Mantissa, int Exponent) Decompose(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        return exponent == 0 ? (mantissa, -1074) : (mantissa | 1L << 52, exponent - 1075);
    }

    /// <summary>round(mantissa · 2^exponent · 10^decimals), half to even.</summary>
    private static BigInteger RoundedScale(BigInteger mantissa, int exponent, int decimals)
    {
        var numerator = mantissa * BigInteger.Pow(10, Math.Max(decimals, 0)) << Math.Max(exponent, 0);
        var denominator = BigInteger.Pow(10, Math.Max(-decimals, 0)) << Math.Max(-exponent, 0);
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var order = (remainder * 2).CompareTo(denominator);
        return order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static (string Digits, int Exponent) SignificantDigits(double value, int count)
    {
        if (value == 0)
            return (new string('0', count), 0);
        var (mantissa, binary) = Decompose(value);
        // The estimate is at most one too small or too large; the digit count tells.
        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        while (true)
        {
            var digits = RoundedScale(mantissa, binary, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
                return (digits, exponent);
            exponent += digits.Length > count ? 1 : -1;
        }
    }
}
