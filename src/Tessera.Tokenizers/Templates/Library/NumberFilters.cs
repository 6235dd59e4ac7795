using System.Globalization;
using System.Numerics;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>Filters that take a number, or make one.</summary>
internal static class NumberFilters
{
    public static void AddTo(Dictionary<string, Filter> table)
    {
        Add(table, "int", ["default", "base"], ToInteger);
        Add(table, "float", ["default"], ToFloat);
        Add(table, "abs", [], (_, value, _) => Absolute(value));
        Add(table, "round", ["precision", "method"], Round);
        Add(table, "filesizeformat", ["binary"], FileSize);
    }

    /// <summary>int() of a number: towards zero.</summary>
    public static Value Truncate(in Value value)
    {
        if (value.Kind != ValueKind.Float)
            return Value.Of(value.BigInteger);
        return double.IsFinite(value.Float)
            ? Value.Of(new BigInteger(Math.Truncate(value.Float)))
            : throw Faults.Arithmetic($"cannot convert float {(double.IsNaN(value.Float) ? "NaN" : "infinity")} to integer");
    }

    private static void Add(Dictionary<string, Filter> table, string name, string[] parameters, Func<RenderState, Value, Value[], Value> body) =>
        table.Add(name, new Filter(name, parameters, 0, body));

    private static Value ToInteger(RenderState state, Value value, Value[] bound)
    {
        var absent = bound[0].IsMissing ? Value.Of(0) : bound[0];
        var radix = bound[1].IsMissing ? 10 : StringMethods.Integer(bound[1]);
        if (value.IsUndefined)
            throw value.Origin.ToException();
        if (value.IsNumber)
            return value.Kind == ValueKind.Float && double.IsNaN(value.Float) ? absent : Truncate(value);
        if (!value.IsString)
            return absent;
        state.Charge(Math.Min(value.Text.Length, 5000L) * Math.Min(value.Text.Length, 5000L) / 8); // reading digits is quadratic
        if (radix is 0 or >= 2 and <= 36 && PythonText.TryParseInteger(value.Text, (int)radix, out var integer))
            return Value.Of(integer);
        return PythonFloat.TryParse(value.Text, out var number) && double.IsFinite(number) ? Truncate(Value.Of(number)) : absent;
    }

    private static Value ToFloat(RenderState state, Value value, Value[] bound)
    {
        if (value.IsUndefined)
            throw value.Origin.ToException();
        if (value.IsNumber)
            return Value.Of(value.ToDouble());
        if (value.IsString && PythonFloat.TryParse(value.Text, out var number))
            return Value.Of(number);
        return bound[0].IsMissing ? Value.Of(0.0) : bound[0];
    }

    private static Value Absolute(in Value value)
    {
        if (value.Kind == ValueKind.Float)
            return Value.Of(Math.Abs(value.Float));
        return value.IsInteger ? Value.Of(BigInteger.Abs(value.BigInteger)) : throw Faults.Type($"bad operand type for abs(): '{value.TypeName}'");
    }

    private static Value Round(RenderState state, Value value, Value[] bound)
    {
        var precision = bound[0].IsMissing ? 0 : (int)Math.Clamp(StringMethods.Integer(bound[0]), -1_000_000, 1_000_000);
        var method = bound[1].IsMissing ? "common" : bound[1].IsString ? bound[1].Text : "";
        if (method is not ("common" or "ceil" or "floor"))
            throw Faults.Value("method must be common, ceil or floor");
        if (!value.IsNumber)
            throw value.IsUndefined && method != "common"
                ? value.Origin.ToException()
                : Faults.Type($"type {value.TypeName} doesn't define __round__ method");
        state.Charge(16L * Math.Min(Math.Abs(precision), 20_000)); // powers of ten of that many digits
        if (method == "common")
            return value.Kind == ValueKind.Float ? Value.Of(PythonFloat.Round(value.Float, precision)) : RoundInteger(value.BigInteger, precision);
        if (Math.Abs(precision) > 400)
            throw Faults.Arithmetic("precision out of range");
        var scale = Arithmetic.Apply(state, BinaryOperator.Power, Value.Of(10), Value.Of(precision));
        var scaled = Arithmetic.Apply(state, BinaryOperator.Multiply, value, scale);
        if (scaled.Kind == ValueKind.Float)
            scaled = Truncate(Value.Of(method == "ceil" ? Math.Ceiling(scaled.Float) : Math.Floor(scaled.Float)));
        return Arithmetic.Apply(state, BinaryOperator.Divide, scaled, scale);
    }

    private static Value RoundInteger(BigInteger value, int precision)
    {
        if (precision >= 0)
            return Value.Of(value);
        if (-precision > 20_000) // more digits than an integer can have here
            return Value.Of(0);
        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), unit, out var remainder);
        var order = (remainder * 2).CompareTo(unit);
        if (order > 0 || (order == 0 && !quotient.IsEven))
            quotient++;
        return Value.Of(quotient * unit * value.Sign);
    }

    private static Value FileSize(RenderState state, Value value, Value[] bound)
    {
        var bytes = ToFloat(state, value, [Value.None]);
        if (!bytes.IsNumber)
            throw Faults.Type("filesizeformat needs a number");
        var size = bytes.ToDouble();
        var radix = bound[0].IsTruthy ? 1024.0 : 1000.0;
        if (size == 1)
            return Value.Of("1 Byte");
        if (size < radix)
            return Value.Of(Truncate(bytes).BigInteger.ToString(CultureInfo.InvariantCulture) + " Bytes");
        string[] prefixes = bound[0].IsTruthy
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        var unit = radix;
        for (var i = 0; ; i++)
        {
            unit *= radix;
            if (size < unit || i == prefixes.Length - 1)
                return Value.Of($"{PythonFloat.Fixed(radix * size / unit, 1)} {prefixes[i]}");
        }
    }
}
