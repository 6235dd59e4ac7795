using System.Collections.Frozen;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>One filter (<c>value|name(arguments)</c>).</summary>
internal sealed class Filter
{
    private readonly string _name;
    private readonly Func<RenderState, Value, Arguments, Value> _body;

    /// <summary>A filter with a parameter list.</summary>
    public Filter(string name, string[] parameters, int required, Func<RenderState, Value, Value[], Value> body)
        : this(name, (state, value, arguments) => body(state, value, arguments.Bind(name, parameters, required)))
    {
    }

    /// <summary>A filter that takes its arguments as they come.</summary>
    public Filter(string name, Func<RenderState, Value, Arguments, Value> body)
    {
        _name = name;
        _body = body;
    }

    public Value Apply(RenderState state, in Value value, Arguments arguments)
    {
        state.Charge(64 + (value.IsString ? value.Text.Length : 0));
        arguments.ChargeTexts(state);
        return _body(state, value, arguments);
    }

    public override string ToString() => _name;
}

/// <summary>All filters by name, gathered from the files of their families.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Filter> s_table = Build();

    public static bool TryGet(string name, out Filter filter) => s_table.TryGetValue(name, out filter!);

    /// <summary>Looks a filter up that a template names at run time, as map('upper') does.</summary>
    public static Filter Get(RenderState state, in Value name)
    {
        if (name.IsString && TryGet(name.Text, out var filter))
            return filter;
        throw state.Template.Source.Unsupported(state.Position.Offset, $"filter '{state.ToText(name).Text}'");
    }

    private static FrozenDictionary<string, Filter> Build()
    {
        var table = new Dictionary<string, Filter>();
        StringFilters.AddTo(table);
        NumberFilters.AddTo(table);
        SequenceFilters.AddTo(table);
        SelectionFilters.AddTo(table);
        OrderFilters.AddTo(table);
        return table.ToFrozenDictionary();
    }
}
