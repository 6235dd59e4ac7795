using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>A string, number, boolean or none.</summary>
internal sealed class ConstantNode(int offset, Value value) : Expression(offset)
{
    public Value Value => value;

    public override Value Evaluate(RenderState state) => value;
}

/// <summary>A variable, or a global function.</summary>
internal sealed class NameNode(int offset, string name, int number) : Expression(offset)
{
    private readonly Value _undefined = Value.Undefined(UndefinedOrigin.Variable(name));

    public string Name => name;

    public int Number => number;

    public override Value Evaluate(RenderState state)
    {
        state.Charge(8);
        var value = state.Scope.Find(number);
        return value.IsMissing ? _undefined : value;
    }
}

/// <summary>[a, b] or (a, b).</summary>
internal sealed class SequenceNode(int offset, Expression[] items, bool isTuple) : Expression(offset)
{
    public Expression[] Items => items;

    public bool IsTuple => isTuple;

    public override Value Evaluate(RenderState state)
    {
        state.ChargeElements(items.Length);
        var values = new Value[items.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = items[i].Evaluate(state);
        return isTuple ? Value.Tuple(values) : Value.List(values);
    }
}

/// <summary>{a: b, c: d}.</summary>
internal sealed class DictionaryNode(int offset, (Expression Key, Expression Value)[] items) : Expression(offset)
{
    public override Value Evaluate(RenderState state)
    {
        state.ChargeElements(items.Length);
        var dictionary = new ValueDictionary(items.Length);
        foreach (var (keyNode, valueNode) in items)
        {
            var key = keyNode.Evaluate(state);
            ValueKeyComparer.RequireHashable(key);
            dictionary.Set(key, valueNode.Evaluate(state));
        }

        return Value.Of(dictionary);
    }
}
