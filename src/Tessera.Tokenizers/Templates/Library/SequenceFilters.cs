using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>Filters over lists, dictionaries and whatever else has elements or may be missing.</summary>
internal static class SequenceFilters
{
    public static void AddTo(Dictionary<string, Filter> table)
    {
        foreach (var name in new[] { "length", "count" })
            Add(table, name, [], 0, (state, value, _) => Value.Of(state.LengthOf(value)));
        foreach (var name in new[] { "default", "d" })
            Add(table, name, ["default_value", "boolean"], 0, Default);
        Add(table, "list", [], 0, (state, value, _) => Value.List([.. state.Iterate(value)]));
        Add(table, "items", [], 0, Items);
        Add(table, "first", [], 0, First);
        Add(table, "last", [], 0, Last);
        Add(table, "reverse", [], 0, Reverse);
        Add(table, "join", ["d", "attribute"], 0, Join);
        Add(table, "sum", ["attribute", "start"], 0, Sum);
        Add(table, "batch", ["linecount", "fill_with"], 1, Batch);
        Add(table, "slice", ["slices", "fill_with"], 1, Slice);
        Add(table, "random", [], 0, Choose);
        Add(table, "attr", ["name"], 1, Attribute);
    }

    private static void Add(
        Dictionary<string, Filter> table, string name, string[] parameters, int required, Func<RenderState, Value, Value[], Value> body) =>
        table.Add(name, new Filter(name, parameters, required, body));

    private static Value Default(RenderState state, Value value, Value[] bound) =>
        value.IsUndefined || (bound[1].IsTruthy && !value.IsTruthy) ? (bound[0].IsMissing ? Value.EmptyString : bound[0]) : value;

    private static Value Items(RenderState state, Value value, Value[] bound)
    {
        if (value.IsUndefined)
            return Value.Generator([]);
        if (value.Kind != ValueKind.Dictionary)
            throw Faults.Type("Can only get item pairs from a mapping.");
        state.ChargeElements(value.Dictionary.Count);
        return Value.Generator(value.Dictionary.ToItems());
    }

    private static Value First(RenderState state, Value value, Value[] bound)
    {
        if (value.Kind == ValueKind.Generator)
            return value.GeneratorState.TryNext(out var next) ? next : Empty("first item");
        if (value.IsString && value.Text.Length > 0)
            return CodePoints.Slice(state, value, 0, 1);
        var items = state.Iterate(value);
        return items.Length > 0 ? items[0] : Empty("first item");
    }

    private static Value Last(RenderState state, Value value, Value[] bound)
    {
        if (value.Kind == ValueKind.Generator)
            throw Faults.Type("'generator' object is not reversible");
        var items = state.Iterate(value, "'{0}' object is not reversible");
        return items.Length > 0 ? items[^1] : Empty("last item");
    }

    private static Value Empty(string what) => Value.Undefined(UndefinedOrigin.Because($"No {what}, sequence was empty."));

    private static Value Reverse(RenderState state, Value value, Value[] bound)
    {
        if (value.IsString)
            return Access.Slice(state, value, default, default, Value.Of(-1));
        Value[] items = [.. state.Iterate(value, "argument must be iterable")];
        Array.Reverse(items);
        return value.Kind == ValueKind.Generator ? Value.List(items) : Value.Generator(items);
    }

    private static Value Join(RenderState state, Value value, Value[] bound)
    {
        var separator = bound[0].IsMissing ? Value.EmptyString : HtmlText.Distrust(state, bound[0]);
        var path = bound[1].IsMissing || bound[1].IsNone ? null : AttributePath.Parse(bound[1]);
        var output = state.NewText();
        var isFirst = true;
        foreach (var item in state.Iterate(value))
        {
            if (!isFirst)
                output.Append(separator);
            isFirst = false;
            PythonRepresentation.Print(state, path is null ? item : path.Follow(state, item), output);
        }

        return output.ToValue();
    }

    private static Value Sum(RenderState state, Value value, Value[] bound)
    {
        var path = bound[0].IsMissing || bound[0].IsNone ? null : AttributePath.Parse(bound[0]);
        var sum = bound[1].IsMissing ? Value.Of(0) : bound[1];
        if (sum.IsString)
            throw Faults.Type("sum() can't sum strings [use ''.join(seq) instead]");
        foreach (var item in state.Iterate(value))
            sum = Arithmetic.Apply(state, BinaryOperator.Add, sum, path is null ? item : path.Follow(state, item));
        return sum;
    }

    private static Value Batch(RenderState state, Value value, Value[] bound)
    {
        var items = state.Iterate(value);
        var size = StringMethods.Integer(bound[0]);
        var fill = bound[1].IsMissing || bound[1].IsNone ? (Value?)null : bound[1];
        var batches = new List<Value>();
        for (var i = 0; i < items.Length;)
        {
            // Jinja closes a batch when it is exactly full, so that a size below one never closes the last.
            var count = size > 0 ? (int)Math.Min(size, items.Length - i) : size == 0 && i == 0 ? 0 : items.Length - i;
            if (size == 0 && i == 0)
                batches.Add(Value.List());
            else
                batches.Add(Value.List(Filled(state, items.AsSpan(i, count), fill, size)));
            if (count == 0)
                size = -1;
            i += count;
        }

        return Value.Generator([.. batches]);
    }

    private static Value Slice(RenderState state, Value value, Value[] bound)
    {
        var items = state.Iterate(value);
        var count = StringMethods.Integer(bound[0]);
        if (count == 0)
            throw Faults.Arithmetic("integer division or modulo by zero");
        state.RequireElementCount(Math.Max(count, 0));
        var slices = new List<Value>();
        var (size, extra) = (items.Length / count, items.Length % count);
        var position = 0;
        for (var i = 0; i < count; i++)
        {
            var length = (int)(size + (i < extra ? 1 : 0));
            var slice = items.AsSpan(position, length).ToArray();
            position += length;
            if (!bound[1].IsMissing && !bound[1].IsNone && i >= extra)
                slice = [.. slice, bound[1]];
            slices.Add(Value.List(slice));
        }

        return Value.Generator([.. slices]);
    }

    private static Value[] Filled(RenderState state, ReadOnlySpan<Value> items, Value? fill, long size)
    {
        if (fill is null || items.Length >= size)
            return items.ToArray();
        state.RequireElementCount(size);
        var filled = new Value[size];
        items.CopyTo(filled);
        filled.AsSpan(items.Length).Fill(fill.Value);
        return filled;
    }

    /// <summary>Reproducible: the n-th choice of a rendering depends on n and the length alone.</summary>
    private static Value Choose(RenderState state, Value value, Value[] bound)
    {
        if (value.Kind is ValueKind.Generator or ValueKind.View or ValueKind.Dictionary)
            throw Faults.Type($"'{value.TypeName}' object is not a sequence");
        var items = state.Iterate(value);
        if (items.Length == 0)
            return Empty("random item");
        return items[new RandomKey(0, 0, 0, RandomPurpose.Tokenize).Below(items.Length, state.RandomChoices++)];
    }

    private static Value Attribute(RenderState state, Value value, Value[] bound)
    {
        if (!bound[0].IsString)
            throw Faults.Type($"attribute name must be string, not '{bound[0].TypeName}'");
        if (value.IsUndefined)
            throw value.Origin.ToException();
        return Access.TryAttribute(state, value, bound[0].Text, out var found)
            ? found
            : Value.Undefined(UndefinedOrigin.Attribute(value, bound[0].Text));
    }
}
