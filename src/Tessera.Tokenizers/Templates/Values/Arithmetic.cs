using System.Numerics;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>Python's binary and unary operators over template values: unbounded integers (up to a limit), floor division, sequences.</summary>
internal static class Arithmetic
{
    private const int MaxIntegerBits = 65_536; // 20,000 digits; printing and multiplying stay in microseconds

    public static Value Apply(RenderState state, BinaryOperator operation, in Value x, in Value y)
    {
        if (operation == BinaryOperator.Add && x.IsString && y.IsString)
            return Concatenate(state, x, y);
        if (x.IsUndefined)
            throw x.Origin.ToException();
        if (operation == BinaryOperator.Modulo && x.IsString)
            return PercentFormat.Format(state, x, y);
        if (y.IsUndefined)
            throw y.Origin.ToException();
        if (x.IsNumber && y.IsNumber)
            return OfNumbers(state, operation, x, y);
        if (operation == BinaryOperator.Add && x.Kind == y.Kind && x.Kind is (ValueKind.List or ValueKind.Tuple))
        {
            state.RequireElementCount((long)x.Items.Length + y.Items.Length);
            Value[] joined = [.. x.Items, .. y.Items];
            return x.Kind == ValueKind.List ? Value.List(joined) : Value.Tuple(joined);
        }

        if (operation == BinaryOperator.Multiply && y.IsInteger && IsSequence(x))
            return Repeat(state, x, y);
        if (operation == BinaryOperator.Multiply && x.IsInteger && IsSequence(y))
            return Repeat(state, y, x);
        throw Unsupported(operation, x, y);
    }

    public static Value Negate(in Value x)
    {
        if (x.IsUndefined)
            throw x.Origin.ToException();
        if (x.Kind == ValueKind.Float)
            return Value.Of(-x.Float);
        if (x.IsInteger)
            return Value.Of(-x.BigInteger);
        throw Faults.Type($"bad operand type for unary -: '{x.TypeName}'");
    }

    public static Value Plus(in Value x)
    {
        if (x.IsUndefined)
            throw x.Origin.ToException();
        if (!x.IsNumber)
            throw Faults.Type($"bad operand type for unary +: '{x.TypeName}'");
        return x.IsBoolean ? Value.Of(x.Integer) : x;
    }

    /// <summary>Joins two strings; a HTML-safe one escapes what it is joined with.</summary>
    public static Value Concatenate(RenderState state, in Value x, in Value y)
    {
        if (x.Marks is null && y.Marks is null)
        {
            state.RequireTextLength((long)x.Text.Length + y.Text.Length);
            state.Charge(2L * (x.Text.Length + y.Text.Length));
            return Value.Of(string.Concat(x.Text, y.Text));
        }

        var isMarkup = x.IsMarkup || y.IsMarkup;
        var text = state.NewText();
        text.Append(isMarkup ? Library.HtmlText.Escape(state, x) : x);
        text.Append(isMarkup ? Library.HtmlText.Escape(state, y) : y);
        return text.ToValue(isMarkup);
    }

    private static bool IsSequence(in Value x) => x.Kind is ValueKind.String or ValueKind.List or ValueKind.Tuple;

    private static Value Repeat(RenderState state, in Value sequence, in Value times)
    {
        var count = times.IsSmallInteger ? Math.Max(times.Integer, 0) : times.BigInteger.Sign < 0 ? 0 : long.MaxValue;
        if (sequence.IsString)
        {
            var length = sequence.Text.Length;
            state.RequireTextLength(length == 0 ? 0 : count > int.MaxValue ? long.MaxValue : length * count);
            var text = state.NewText();
            for (long i = 0; length > 0 && i < count; i++)
                text.Append(sequence);
            return text.ToValue(sequence.IsMarkup);
        }

        var items = sequence.Items;
        state.RequireElementCount(items.Length == 0 ? 0 : count > int.MaxValue ? long.MaxValue / 64 : items.Length * count);
        var repeated = new Value[items.Length == 0 ? 0 : items.Length * count];
        for (var i = 0; i < repeated.Length; i += items.Length)
            items.CopyTo(repeated, i);
        return sequence.Kind == ValueKind.List ? Value.List(repeated) : Value.Tuple(repeated);
    }

    private static Value OfNumbers(RenderState state, BinaryOperator operation, in Value x, in Value y)
    {
        if (x.Kind == ValueKind.Float || y.Kind == ValueKind.Float)
            return OfFloats(operation, x.ToDouble(), y.ToDouble());
        if (x.IsSmallInteger && y.IsSmallInteger && TrySmall(operation, x.Integer, y.Integer, out var small))
            return small;
        var (left, right) = (x.BigInteger, y.BigInteger);
        state.Charge(Words(left) * Words(right) / 4); // the school method's bound; sums and comparisons cost less
        return OfIntegers(state, operation, left, right);
    }

    private static bool TrySmall(BinaryOperator operation, long x, long y, out Value result)
    {
        result = default;
        switch (operation)
        {
            case BinaryOperator.Add:
                var sum = unchecked(x + y);
                result = Value.Of(sum);
                return ((x ^ sum) & (y ^ sum)) >= 0;
            case BinaryOperator.Subtract:
                var difference = unchecked(x - y);
                result = Value.Of(difference);
                return ((x ^ y) & (x ^ difference)) >= 0;
            case BinaryOperator.Multiply:
                var high = Math.BigMul(x, y, out var low);
                result = Value.Of(low);
                return high == low >> 63;
            case BinaryOperator.FloorDivide or BinaryOperator.Modulo when y is not 0 and not -1:
                var quotient = x / y;
                var remainder = x % y;
                if (remainder != 0 && remainder < 0 != y < 0)
                    (quotient, remainder) = (quotient - 1, remainder + y);
                result = Value.Of(operation == BinaryOperator.Modulo ? remainder : quotient);
                return true;
            default:
                return false;
        }
    }

    private static Value OfIntegers(RenderState state, BinaryOperator operation, BigInteger x, BigInteger y)
    {
        switch (operation)
        {
            case BinaryOperator.Add:
                return Value.Of(x + y);
            case BinaryOperator.Subtract:
                return Value.Of(x - y);
            case BinaryOperator.Multiply:
                RequireBits(x.GetBitLength() + y.GetBitLength());
                return Value.Of(x * y);
            case BinaryOperator.Divide:
                if (y.IsZero)
                    throw Faults.Arithmetic("division by zero");
                var ratio = (double)x / (double)y;
                return double.IsFinite(ratio) ? Value.Of(ratio) : throw Faults.Arithmetic("integer division result too large for a float");
            case BinaryOperator.Power:
                return Power(state, x, y);
            default:
                if (y.IsZero)
                    throw Faults.Arithmetic("integer division or modulo by zero");
                var quotient = BigInteger.DivRem(x, y, out var remainder);
                if (!remainder.IsZero && remainder.Sign != y.Sign)
                    (quotient, remainder) = (quotient - 1, remainder + y);
                return Value.Of(operation == BinaryOperator.Modulo ? remainder : quotient);
        }
    }

    private static Value Power(RenderState state, BigInteger x, BigInteger y)
    {
        if (y.Sign < 0)
            return OfFloats(BinaryOperator.Power, (double)x, (double)y);
        if (BigInteger.Abs(x) <= BigInteger.One)
            return Value.Of(x.Sign < 0 ? (y.IsEven ? 1 : -1) : y.IsZero ? 1 : (long)x);
        RequireBits(y > MaxIntegerBits ? long.MaxValue : x.GetBitLength() * (long)y);
        var power = BigInteger.Pow(x, (int)y);
        state.Charge(Words(power) * Words(power) / 4);
        return Value.Of(power);
    }

    /// <summary>32-bit words of an integer: what the cost of arithmetic is counted in.</summary>
    public static long Words(BigInteger value) => value.GetBitLength() / 32 + 1;

    private static void RequireBits(long bits)
    {
        if (bits > MaxIntegerBits)
            throw new ResourceLimitException("bits of an integer in a chat template", bits, MaxIntegerBits);
    }

    private static Value OfFloats(BinaryOperator operation, double x, double y)
    {
        switch (operation)
        {
            case BinaryOperator.Add:
                return Value.Of(x + y);
            case BinaryOperator.Subtract:
                return Value.Of(x - y);
            case BinaryOperator.Multiply:
                return Value.Of(x * y);
            case BinaryOperator.Power:
                return FloatPower(x, y);
        }

        if (y == 0)
            throw Faults.Arithmetic(operation == BinaryOperator.Divide ? "float division by zero" : "float floor division or modulo by zero");
        if (operation == BinaryOperator.Divide)
            return Value.Of(x / y);
        // The remainder takes the divisor's sign; the quotient is computed from it so that both agree (CPython, float_divmod).
        var remainder = x % y;
        var quotient = (x - remainder) / y;
        if (remainder != 0 && remainder < 0 != y < 0)
            (remainder, quotient) = (remainder + y, quotient - 1);
        else if (remainder == 0)
            remainder = Math.CopySign(0, y);
        if (operation == BinaryOperator.Modulo)
            return Value.Of(remainder);
        var floor = Math.Floor(quotient);
        if (quotient - floor > 0.5)
            floor++;
        return Value.Of(quotient == 0 ? Math.CopySign(0, x / y) : floor);
    }

    private static Value FloatPower(double x, double y)
    {
        if (x == 0 && y < 0)
            throw Faults.Arithmetic("0.0 cannot be raised to a negative power");
        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && y != Math.Floor(y))
            throw Faults.Value("a fractional power of a negative number is complex");
        var result = Math.Pow(x, y);
        if (double.IsInfinity(result) && double.IsFinite(x) && double.IsFinite(y))
            throw Faults.Arithmetic("numerical result out of range");
        return Value.Of(result);
    }

    private static TemplateException Unsupported(BinaryOperator operation, in Value x, in Value y)
    {
        if (operation == BinaryOperator.Add && (x.IsString || x.Kind is ValueKind.List or ValueKind.Tuple))
            return Faults.Type($"can only concatenate {x.TypeName} (not \"{y.TypeName}\") to {x.TypeName}");
        return Faults.Type($"unsupported operand type(s) for {Symbol(operation)}: '{x.TypeName}' and '{y.TypeName}'");
    }

    private static string Symbol(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.FloorDivide => "//",
        BinaryOperator.Modulo => "%",
        _ => "**",
    };
}

/// <summary>The operators of <see cref="Arithmetic"/>.</summary>
internal enum BinaryOperator : byte
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}
