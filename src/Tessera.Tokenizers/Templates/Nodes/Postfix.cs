using Tessera.Tokenizers.Templates.Library;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>a.name.</summary>
internal sealed class AttributeNode(int offset, Expression owner, string name) : Expression(offset)
{
    public Expression Owner => owner;

    public string Name => name;

    public override Value Evaluate(RenderState state)
    {
        var value = owner.Evaluate(state);
        state.Charge(8);
        state.Position = this;
        return Access.Attribute(state, value, name);
    }
}

/// <summary>a[index].</summary>
internal sealed class ElementNode(int offset, Expression owner, Expression index) : Expression(offset)
{
    public override Value Evaluate(RenderState state)
    {
        var value = owner.Evaluate(state);
        var key = index.Evaluate(state);
        state.Charge(8);
        state.Position = this;
        return Access.Element(state, value, key);
    }
}

/// <summary>a[start:stop:step].</summary>
internal sealed class SliceNode(int offset, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(offset)
{
    public override Value Evaluate(RenderState state)
    {
        var value = owner.Evaluate(state);
        var from = start?.Evaluate(state) ?? default;
        var to = stop?.Evaluate(state) ?? default;
        var stride = step?.Evaluate(state) ?? default;
        state.Charge(8);
        state.Position = this;
        return Access.Slice(state, value, from, to, stride);
    }
}

/// <summary>The arguments of a call as written.</summary>
internal sealed class ArgumentNodes(
    Expression[] positional, KeyValuePair<string, Expression>[] named, Expression? morePositional, Expression? moreNamed)
{
    public static ArgumentNodes None { get; } = new([], [], null, null);

    public Arguments Evaluate(RenderState state, string? extraName = null, Value extra = default)
    {
        if (positional.Length == 0 && named.Length == 0 && morePositional is null && moreNamed is null && extraName is null)
            return Arguments.Empty;
        var values = new Value[positional.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = positional[i].Evaluate(state);
        var pairs = named.Length == 0 ? [] : new KeyValuePair<string, Value>[named.Length];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = new(named[i].Key, named[i].Value.Evaluate(state));
        if (morePositional is not null)
            values = [.. values, .. state.Iterate(morePositional.Evaluate(state))];
        if (moreNamed is not null)
            pairs = [.. pairs, .. NamedFrom(state, moreNamed.Evaluate(state))];
        if (extraName is not null)
            pairs = [.. pairs, new(extraName, extra)];
        return new Arguments(values, pairs);
    }

    private static List<KeyValuePair<string, Value>> NamedFrom(RenderState state, Value mapping)
    {
        if (mapping.Kind != ValueKind.Dictionary)
            throw Faults.Type($"argument after ** must be a mapping, not {mapping.TypeName}");
        var dictionary = mapping.Dictionary;
        state.ChargeElements(dictionary.Count);
        var pairs = new List<KeyValuePair<string, Value>>(dictionary.Count);
        for (var i = 0; i < dictionary.Count; i++)
        {
            if (!dictionary.Keys[i].IsString)
                throw Faults.Type("keywords must be strings");
            pairs.Add(new(dictionary.Keys[i].Text, dictionary.Values[i]));
        }

        return pairs;
    }
}

/// <summary>a(arguments).</summary>
internal sealed class CallNode(int offset, Expression function, ArgumentNodes arguments) : Expression(offset)
{
    public override Value Evaluate(RenderState state) => Call(state, null);

    /// <summary>Calls with a body to be called back, as {% call %} does.</summary>
    public Value Call(RenderState state, TemplateObject? caller)
    {
        var target = function.Evaluate(state);
        var values = arguments.Evaluate(state, caller is null ? null : "caller", caller is null ? default : Value.Of(caller));
        state.Position = this;
        state.Step();
        if (target.IsUndefined)
            throw target.Origin.ToException();
        return target.Kind == ValueKind.Object
            ? target.Object.Call(state, values)
            : throw Faults.Type($"'{target.TypeName}' object is not callable");
    }
}

/// <summary>a|filter(arguments). Without an operand, it waits for the text of a block.</summary>
internal sealed class FilterNode(int offset, Expression? operand, Filter filter, ArgumentNodes arguments) : Expression(offset)
{
    public override Value Evaluate(RenderState state) => Apply(state, operand!.Evaluate(state));

    /// <summary>Applies a chain of filters whose first has no operand to a block's text.</summary>
    public Value ApplyToBlock(RenderState state, in Value text) =>
        Apply(state, operand is FilterNode inner ? inner.ApplyToBlock(state, text) : text);

    private Value Apply(RenderState state, in Value value)
    {
        var values = arguments.Evaluate(state);
        state.Position = this;
        return filter.Apply(state, value, values);
    }
}

/// <summary>a is test(arguments).</summary>
internal sealed class TestNode(int offset, Expression operand, ValueTest test, ArgumentNodes arguments) : Expression(offset)
{
    public override Value Evaluate(RenderState state)
    {
        var value = operand.Evaluate(state);
        var values = arguments.Evaluate(state);
        state.Position = this;
        return Value.Of(test.Apply(state, value, values));
    }
}
