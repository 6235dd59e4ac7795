using System.Collections.Frozen;
using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>One test (<c>value is name</c>): how many arguments it takes, and its answer.</summary>
internal sealed class ValueTest(string name, int argumentCount, Func<RenderState, Value, Value, bool> body)
{
    public bool Apply(RenderState state, in Value value, Arguments arguments)
    {
        if (arguments.Named.Length > 0)
            throw Faults.Type($"test '{name}' takes no keyword arguments");
        if (arguments.Positional.Length != argumentCount)
            throw Faults.Type($"test '{name}' takes {argumentCount} argument(s), {arguments.Positional.Length} given");
        if (value.IsString)
            state.Charge(4L * value.Text.Length); // lower and upper ask for every character's category
        arguments.ChargeTexts(state);
        return body(state, value, argumentCount == 0 ? default : arguments.Positional[0]);
    }
}

/// <summary>All tests by name.</summary>
internal static class ValueTests
{
    private static readonly FrozenDictionary<string, ValueTest> s_table = Build();

    public static bool TryGet(string name, out ValueTest test) => s_table.TryGetValue(name, out test!);

    private static FrozenDictionary<string, ValueTest> Build()
    {
        var table = new Dictionary<string, ValueTest>();
        Kinds(table);
        Add(table, 0, (state, value, _) => Remainder(state, value, 2) is 1, "odd");
        Add(table, 0, (state, value, _) => Remainder(state, value, 2) is 0, "even");
        Add(table, 1, (state, value, divisor) => Comparison.AreEqual(
            state, Arithmetic.Apply(state, BinaryOperator.Modulo, value, divisor), Value.Of(0)), "divisibleby");
        Add(table, 0, (state, value, _) => StringMethods.IsCase(state.ToText(value).Text, lower: true), "lower");
        Add(table, 0, (state, value, _) => StringMethods.IsCase(state.ToText(value).Text, lower: false), "upper");
        Add(table, 0, (_, value, _) => value.IsString && Filters.TryGet(value.Text, out var _), "filter");
        Add(table, 0, (_, value, _) => value.IsString && TryGet(value.Text, out var _), "test");
        Add(table, 1, (_, value, other) => IsSame(value, other), "sameas");
        Add(table, 1, (state, value, other) => Comparison.Contains(state, other, value), "in");
        Compare(table, ComparisonOperator.Equal, "==", "eq", "equalto");
        Compare(table, ComparisonOperator.NotEqual, "!=", "ne");
        Compare(table, ComparisonOperator.Greater, ">", "gt", "greaterthan");
        Compare(table, ComparisonOperator.GreaterOrEqual, ">=", "ge");
        Compare(table, ComparisonOperator.Less, "<", "lt", "lessthan");
        Compare(table, ComparisonOperator.LessOrEqual, "<=", "le");
        return table.ToFrozenDictionary();
    }

    private static void Kinds(Dictionary<string, ValueTest> table)
    {
        Add(table, 0, (_, value, _) => !value.IsUndefined, "defined");
        Add(table, 0, (_, value, _) => value.IsUndefined, "undefined");
        Add(table, 0, (_, value, _) => value.IsNone, "none");
        Add(table, 0, (_, value, _) => value.IsBoolean, "boolean");
        Add(table, 0, (_, value, _) => value.IsTrueConstant, "true");
        Add(table, 0, (_, value, _) => value.IsFalseConstant, "false");
        Add(table, 0, (_, value, _) => value.IsInteger && !value.IsBoolean, "integer");
        Add(table, 0, (_, value, _) => value.Kind == ValueKind.Float, "float");
        Add(table, 0, (_, value, _) => value.IsNumber, "number");
        Add(table, 0, (_, value, _) => value.IsString, "string");
        Add(table, 0, (_, value, _) => value.Kind == ValueKind.Dictionary, "mapping");
        Add(table, 0, (_, value, _) => IsSequence(value), "sequence");
        Add(table, 0, (_, value, _) => IsIterable(value), "iterable");
        // An undefined value has a call that fails; Python's callable() sees it all the same.
        Add(table, 0, (_, value, _) => value.IsUndefined || (value.Kind == ValueKind.Object && value.Object.IsCallable), "callable");
        Add(table, 0, (_, value, _) => value.IsMarkup, "escaped");
    }

    private static void Add(Dictionary<string, ValueTest> table, int arguments, Func<RenderState, Value, Value, bool> body, params string[] names)
    {
        foreach (var name in names)
            table.Add(name, new ValueTest(name, arguments, body));
    }

    private static void Compare(Dictionary<string, ValueTest> table, ComparisonOperator operation, params string[] names) =>
        Add(table, 1, (state, value, other) => ComparisonNode.Holds(state, operation, value, other), names);

    private static long? Remainder(RenderState state, in Value value, long divisor)
    {
        var rest = Arithmetic.Apply(state, BinaryOperator.Modulo, value, Value.Of(divisor));
        return rest.Kind == ValueKind.Float ? (rest.Float == Math.Floor(rest.Float) ? (long)rest.Float : null)
            : rest.IsInteger ? rest.Integer
            : null;
    }

    private static bool IsSequence(in Value value) => value.Kind is ValueKind.String or ValueKind.List or ValueKind.Tuple
        or ValueKind.Dictionary or ValueKind.Range or ValueKind.Undefined;

    private static bool IsIterable(in Value value) => IsSequence(value) || value.Kind is ValueKind.View or ValueKind.Generator
        || (value.Kind == ValueKind.Object && value.Object is LoopObject);

    /// <summary>Identity: constants and small integers are themselves; strings, whose identity Python does not define, by content.</summary>
    private static bool IsSame(in Value value, in Value other)
    {
        if (value.Kind != other.Kind)
            return false;
        return value.Kind switch
        {
            ValueKind.None or ValueKind.Undefined => value.IsNone || ReferenceEquals(value.Origin, other.Origin),
            ValueKind.Boolean or ValueKind.Integer => value.Integer == other.Integer,
            ValueKind.Float => value.Float.Equals(other.Float),
            ValueKind.String => value.Text == other.Text,
            _ => ReferenceEquals(value.Reference, other.Reference),
        };
    }
}
