using System.Numerics;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>Python's ==, &lt; and <c>in</c> over template values. Work is charged to the rendering, since texts and lists may be long.</summary>
internal static class Comparison
{
    public static bool AreEqual(RenderState state, in Value x, in Value y) => AreEqual(state, x, y, 0);

    /// <summary>Exact, also between integers and floats beyond 2⁵³.</summary>
    public static bool NumbersEqual(in Value x, in Value y)
    {
        if (x.IsSmallInteger && y.IsSmallInteger)
            return x.Integer == y.Integer;
        if (x.Kind == ValueKind.Float && y.Kind == ValueKind.Float)
            return x.Float == y.Float;
        return CompareNumbers(x, y) == 0;
    }

    /// <summary>−1, 0 or 1; null if one of them is not a number (NaN).</summary>
    public static int? CompareNumbers(in Value x, in Value y)
    {
        if (x.IsSmallInteger && y.IsSmallInteger)
            return x.Integer.CompareTo(y.Integer);
        if (x.Kind == ValueKind.Float && y.Kind == ValueKind.Float)
            return double.IsNaN(x.Float) || double.IsNaN(y.Float) ? null : x.Float.CompareTo(y.Float);
        if (x.Kind == ValueKind.Float)
            return -CompareToFloat(y.BigInteger, x.Float);
        if (y.Kind == ValueKind.Float)
            return CompareToFloat(x.BigInteger, y.Float);
        return x.BigInteger.CompareTo(y.BigInteger);
    }

    /// <summary>Whether x &lt; y, in Python's sense; throws if the types have no order.</summary>
    public static bool IsLess(RenderState state, in Value x, in Value y, string operation = "<") => IsLess(state, x, y, operation, 0);

    /// <summary>Whether x ≤ y.</summary>
    public static bool IsLessOrEqual(RenderState state, in Value x, in Value y, string operation = "<=")
    {
        if (x.IsNumber && y.IsNumber)
            return CompareNumbers(x, y) <= 0;
        return IsLess(state, x, y, operation) || AreEqual(state, x, y);
    }

    /// <summary>Whether <paramref name="container"/> holds <paramref name="item"/>.</summary>
    public static bool Contains(RenderState state, in Value container, in Value item)
    {
        switch (container.Kind)
        {
            case ValueKind.Undefined:
                return false;
            case ValueKind.String:
                if (!item.IsString)
                    throw Faults.Type($"'in <string>' requires string as left operand, not {item.TypeName}");
                state.Charge(container.Text.Length);
                return container.Text.Contains(item.Text, StringComparison.Ordinal);
            case ValueKind.Dictionary:
                ValueKeyComparer.RequireHashable(item);
                if (item.IsString)
                    state.Charge(item.Text.Length);
                return container.Dictionary.TryGet(item, out _);
            default:
                foreach (var element in state.Iterate(container, "argument of type '{0}' is not iterable"))
                {
                    if (AreEqual(state, element, item))
                        return true;
                }

                return false;
        }
    }

    /// <summary>Order of code points; UTF-16 order differs where surrogates meet U+E000 and above.</summary>
    public static int CompareText(string x, string y)
    {
        var shared = x.AsSpan().CommonPrefixLength(y);
        if (shared == x.Length || shared == y.Length)
            return x.Length.CompareTo(y.Length);
        var (a, b) = (x[shared], y[shared]);
        var (aSurrogate, bSurrogate) = (char.IsSurrogate(a), char.IsSurrogate(b));
        return aSurrogate == bSurrogate ? a.CompareTo(b) : aSurrogate ? 1 : -1;
    }

    private static int? CompareToFloat(in BigInteger x, double y)
    {
        if (double.IsNaN(y))
            return null;
        if (double.IsInfinity(y))
            return y > 0 ? -1 : 1;
        var whole = Math.Floor(y);
        var order = x.CompareTo(new BigInteger(whole));
        return order != 0 ? order : y > whole ? -1 : 0;
    }

    private static bool AreEqual(RenderState state, in Value x, in Value y, int depth)
    {
        if (x.IsString && y.IsString)
        {
            if (x.Text.Length != y.Text.Length)
                return false;
            state.Charge(x.Text.Length);
            return x.Text == y.Text;
        }

        if (x.IsNumber && y.IsNumber)
            return NumbersEqual(x, y);
        if (x.Kind != y.Kind)
            return false;
        switch (x.Kind)
        {
            case ValueKind.None or ValueKind.Undefined:
                return true;
            case ValueKind.List or ValueKind.Tuple:
                return SequencesEqual(state, x.Items, y.Items, depth);
            case ValueKind.Dictionary:
                return DictionariesEqual(state, x.Dictionary, y.Dictionary, depth);
            case ValueKind.Range:
                return RangesEqual(x.Range, y.Range);
            default:
                return ReferenceEquals(x.Reference, y.Reference);
        }
    }

    private static bool SequencesEqual(RenderState state, Value[] x, Value[] y, int depth)
    {
        if (x.Length != y.Length)
            return false;
        if (ReferenceEquals(x, y))
            return true;
        if (depth >= PythonRepresentation.MaxDepth)
            throw PythonRepresentation.TooDeep();
        state.ChargeElements(x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            if (!AreEqual(state, x[i], y[i], depth + 1))
                return false;
        }

        return true;
    }

    private static bool DictionariesEqual(RenderState state, ValueDictionary x, ValueDictionary y, int depth)
    {
        if (x.Count != y.Count)
            return false;
        if (ReferenceEquals(x, y))
            return true;
        if (depth >= PythonRepresentation.MaxDepth)
            throw PythonRepresentation.TooDeep();
        state.ChargeElements(x.Count);
        for (var i = 0; i < x.Count; i++)
        {
            if (!y.TryGet(x.Keys[i], out var other) || !AreEqual(state, x.Values[i], other, depth + 1))
                return false;
        }

        return true;
    }

    private static bool RangesEqual(ValueRange x, ValueRange y) =>
        x.Count == y.Count && (x.Count == 0 || (x.Start == y.Start && (x.Count == 1 || x.Step == y.Step)));

    private static bool IsLess(RenderState state, in Value x, in Value y, string operation, int depth)
    {
        if (x.IsNumber && y.IsNumber)
            return CompareNumbers(x, y) < 0;
        if (x.IsString && y.IsString)
        {
            state.Charge(Math.Min(x.Text.Length, y.Text.Length));
            return CompareText(x.Text, y.Text) < 0;
        }

        if (x.IsUndefined)
            throw x.Origin.ToException();
        if (y.IsUndefined)
            throw y.Origin.ToException();
        if (x.Kind == y.Kind && x.Kind is (ValueKind.List or ValueKind.Tuple))
            return IsLessSequence(state, x.Items, y.Items, operation, depth);
        throw Faults.Type($"'{operation}' not supported between instances of '{x.TypeName}' and '{y.TypeName}'");
    }

    private static bool IsLessSequence(RenderState state, Value[] x, Value[] y, string operation, int depth)
    {
        if (depth >= PythonRepresentation.MaxDepth)
            throw PythonRepresentation.TooDeep();
        var shared = Math.Min(x.Length, y.Length);
        state.ChargeElements(shared);
        for (var i = 0; i < shared; i++)
        {
            if (!AreEqual(state, x[i], y[i], depth + 1))
                return IsLess(state, x[i], y[i], operation, depth + 1);
        }

        return x.Length < y.Length;
    }
}
