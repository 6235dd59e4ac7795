using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>sort, dictsort, unique, groupby, min and max. Sorting is stable; texts compare without case unless asked.</summary>
internal static class OrderFilters
{
    public static void AddTo(Dictionary<string, Filter> table)
    {
        Add(table, "sort", ["reverse", "case_sensitive", "attribute"], 0, Sort);
        Add(table, "dictsort", ["case_sensitive", "by", "reverse"], 0, SortDictionary);
        Add(table, "unique", ["case_sensitive", "attribute"], 0, Unique);
        Add(table, "groupby", ["attribute", "default", "case_sensitive"], 1, GroupBy);
        Add(table, "min", ["case_sensitive", "attribute"], 0, (state, value, bound) => Extreme(state, value, bound, takesLess: true));
        Add(table, "max", ["case_sensitive", "attribute"], 0, (state, value, bound) => Extreme(state, value, bound, takesLess: false));
    }

    private static void Add(
        Dictionary<string, Filter> table, string name, string[] parameters, int required, Func<RenderState, Value, Value[], Value> body) =>
        table.Add(name, new Filter(name, parameters, required, body));

    private static Value Folded(in Value value, bool isCaseSensitive) =>
        isCaseSensitive || !value.IsString ? value : Value.Of(CaseMapping.Lower(value.Text));

    private static Value[] Ordered(RenderState state, Value[] items, Value[] keys, bool isReversed) =>
        [.. StableSort.Order(state, keys, isReversed).Select(i => items[i])];

    private static Value Sort(RenderState state, Value value, Value[] bound)
    {
        var items = state.Iterate(value);
        var paths = AttributePath.ParseAll(bound[2]);
        var keys = new Value[items.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            var item = items[i];
            // Jinja compares lists of keys, also where there is only one.
            keys[i] = Value.List([.. paths.Select(path => Folded(path.Follow(state, item), bound[1].IsTruthy))]);
        }

        return Value.List(Ordered(state, items, keys, bound[0].IsTruthy));
    }

    private static Value SortDictionary(RenderState state, Value value, Value[] bound)
    {
        var by = bound[1].IsMissing ? "key" : bound[1].IsString ? bound[1].Text : "";
        if (by is not ("key" or "value"))
            throw Faults.Value("You can only sort by either \"key\" or \"value\"");
        if (value.IsUndefined)
            throw value.Origin.ToException();
        if (value.Kind != ValueKind.Dictionary)
            throw Faults.Type($"'{value.TypeName}' object has no attribute 'items'");
        state.ChargeElements(value.Dictionary.Count);
        var sources = by == "key" ? value.Dictionary.Keys : value.Dictionary.Values;
        var keys = new Value[sources.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = Folded(sources[i], bound[0].IsTruthy);
        return Value.List(Ordered(state, value.Dictionary.ToItems(), keys, bound[2].IsTruthy));
    }

    private static Value Unique(RenderState state, Value value, Value[] bound)
    {
        var path = bound[1].IsMissing ? AttributePath.Identity : AttributePath.Parse(bound[1]);
        var seen = new HashSet<Value>(ValueKeyComparer.Instance);
        var kept = new List<Value>();
        foreach (var item in state.Iterate(value))
        {
            if (seen.Add(Folded(path.Follow(state, item), bound[0].IsTruthy)))
                kept.Add(item);
        }

        return Value.Generator([.. kept]);
    }

    private static Value GroupBy(RenderState state, Value value, Value[] bound)
    {
        var items = state.Iterate(value);
        var path = AttributePath.Parse(bound[0]);
        var absent = bound[1].IsMissing || bound[1].IsNone ? (Value?)null : bound[1];
        var keys = new Value[items.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = Folded(path.Follow(state, items[i], absent), bound[2].IsTruthy);
        var ordered = Ordered(state, items, keys, isReversed: false);
        var groups = new List<Value>();
        for (var start = 0; start < ordered.Length;)
        {
            var grouper = path.Follow(state, ordered[start], absent);
            var key = Folded(grouper, bound[2].IsTruthy);
            var end = start + 1;
            while (end < ordered.Length && Comparison.AreEqual(state, key, Folded(path.Follow(state, ordered[end], absent), bound[2].IsTruthy)))
                end++;
            groups.Add(Value.Group(grouper, ordered[start..end]));
            start = end;
        }

        return Value.List([.. groups]);
    }

    private static Value Extreme(RenderState state, Value value, Value[] bound, bool takesLess)
    {
        var path = bound[1].IsMissing ? AttributePath.Identity : AttributePath.Parse(bound[1]);
        var items = state.Iterate(value);
        if (items.Length == 0)
            return Value.Undefined(UndefinedOrigin.Because("No aggregated item, sequence was empty."));
        var best = items[0];
        var bestKey = Folded(path.Follow(state, best), bound[0].IsTruthy);
        foreach (var item in items.AsSpan(1))
        {
            var key = Folded(path.Follow(state, item), bound[0].IsTruthy);
            if (takesLess ? Comparison.IsLess(state, key, bestKey) : Comparison.IsLess(state, bestKey, key, ">"))
                (best, bestKey) = (item, key);
        }

        return best;
    }
}
