using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>cycler(a, b …): hands its items out in turn.</summary>
internal sealed class CyclerObject(Value[] items) : TemplateObject
{
    private int _position;

    public override string TypeName => "Cycler";

    public override bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = name switch
        {
            "next" => Value.Of(new Function("next", (_, _) => Next())),
            "reset" => Value.Of(new Function("reset", (_, _) => Reset())),
            "current" => items[_position],
            "pos" => Value.Of(_position),
            "items" => Value.Tuple(items),
            _ => default,
        };
        return !value.IsMissing;
    }

    public override void Print(RenderState state, TextBuffer output, int depth) => output.Append("<Cycler>");

    private Value Next()
    {
        var item = items[_position];
        _position = (_position + 1) % items.Length;
        return item;
    }

    private Value Reset()
    {
        _position = 0;
        return Value.None;
    }
}

/// <summary>joiner(separator): nothing the first time, the separator from then on.</summary>
internal sealed class JoinerObject(Value separator) : TemplateObject
{
    private bool _wasUsed;

    public override string TypeName => "Joiner";

    public override bool IsCallable => true;

    public override Value Call(RenderState state, Arguments arguments)
    {
        arguments.Bind("joiner", [], 0);
        var text = _wasUsed ? separator : Value.EmptyString;
        _wasUsed = true;
        return text;
    }

    public override bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = name switch
        {
            "sep" => separator,
            "used" => Value.Of(_wasUsed),
            _ => default,
        };
        return !value.IsMissing;
    }

    public override void Print(RenderState state, TextBuffer output, int depth) => output.Append("<Joiner>");
}

/// <summary>The variable <c>self</c>: the blocks of the template as functions.</summary>
internal sealed class SelfObject : TemplateObject
{
    public override string TypeName => "TemplateReference";

    public override bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = default;
        if (!state.Template.Blocks.TryGetValue(name, out var block))
            return false;
        value = Value.Of(new Function(name, (inner, _) => RenderBlock(inner, block)));
        return true;
    }

    public override void Print(RenderState state, TextBuffer output, int depth) => output.Append("<TemplateReference None>");

    private static Value RenderBlock(RenderState state, Nodes.BlockStatement block) =>
        state.Capture(new Nodes.StatementList(block.Offset, [block]), state.Root, out _);
}
