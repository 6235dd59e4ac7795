using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>map, select, reject, selectattr and rejectattr: filters that apply filters, tests and attributes to every element.</summary>
internal static class SelectionFilters
{
    public static void AddTo(Dictionary<string, Filter> table)
    {
        table.Add("map", new Filter("map", Map));
        table.Add("select", new Filter("select", (state, value, arguments) => Select(state, value, arguments, byAttribute: false, keeps: true)));
        table.Add("reject", new Filter("reject", (state, value, arguments) => Select(state, value, arguments, byAttribute: false, keeps: false)));
        table.Add("selectattr", new Filter("selectattr", (state, value, arguments) => Select(state, value, arguments, byAttribute: true, keeps: true)));
        table.Add("rejectattr", new Filter("rejectattr", (state, value, arguments) => Select(state, value, arguments, byAttribute: true, keeps: false)));
    }

    private static Value Map(RenderState state, Value value, Arguments arguments)
    {
        if (!value.IsTruthy)
            return Value.Generator([]);
        var items = state.Iterate(value);
        var results = new Value[items.Length];
        if (arguments.Positional.Length == 0 && arguments.Named.Any(pair => pair.Key == "attribute"))
        {
            var bound = arguments.Bind("map", ["attribute", "default"], 1);
            var path = AttributePath.Parse(bound[0]);
            for (var i = 0; i < items.Length; i++)
                results[i] = path.Follow(state, items[i], bound[1].IsMissing || bound[1].IsNone ? null : bound[1]);
            return Value.Generator(results);
        }

        if (arguments.Positional.Length == 0)
            throw Faults.Type("map requires a filter argument");
        var filter = Filters.Get(state, arguments.Positional[0]);
        var rest = arguments.Skip(1);
        for (var i = 0; i < items.Length; i++)
        {
            state.Step();
            results[i] = filter.Apply(state, items[i], rest);
        }

        return Value.Generator(results);
    }

    private static Value Select(RenderState state, Value value, Arguments arguments, bool byAttribute, bool keeps)
    {
        if (!value.IsTruthy)
            return Value.Generator([]);
        if (byAttribute && arguments.Positional.Length == 0)
            throw Faults.Type("Missing parameter for attribute name");
        var path = byAttribute ? AttributePath.Parse(arguments.Positional[0]) : AttributePath.Identity;
        arguments = arguments.Skip(byAttribute ? 1 : 0);
        ValueTest? test = null;
        if (arguments.Positional.Length > 0)
        {
            var name = state.ToText(arguments.Positional[0]).Text;
            if (!ValueTests.TryGet(name, out test))
                throw state.Template.Source.Unsupported(state.Position.Offset, $"test '{name}'");
            arguments = arguments.Skip(1);
        }

        var selected = new List<Value>();
        foreach (var item in state.Iterate(value))
        {
            state.Step();
            var subject = path.Follow(state, item);
            if ((test is null ? subject.IsTruthy : test.Apply(state, subject, arguments)) == keeps)
                selected.Add(item);
        }

        return Value.Generator([.. selected]);
    }
}
