using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>A value with behaviour: functions, macros, namespaces, loops. Only what is overridden here can be reached from a template.</summary>
internal abstract class TemplateObject
{
    public abstract string TypeName { get; }

    public virtual bool IsTruthy => true;

    public virtual bool IsCallable => false;

    /// <summary>The number of elements, or −1 if it has none.</summary>
    public virtual int Count => -1;

    public virtual bool TryGetAttribute(RenderState state, string name, out Value value)
    {
        value = default;
        return false;
    }

    public virtual Value Call(RenderState state, Arguments arguments) =>
        throw new TemplateException(TemplateErrorKind.Type, $"'{TypeName}' object is not callable");

    /// <summary>What printing shows.</summary>
    public abstract void Print(RenderState state, TextBuffer output, int depth);
}

/// <summary>A function of the library, or a method bound to its receiver.</summary>
internal sealed class Function(string name, Func<RenderState, Arguments, Value> body) : TemplateObject
{
    public override string TypeName => "function";

    public override bool IsCallable => true;

    public override Value Call(RenderState state, Arguments arguments) => body(state, arguments);

    public override void Print(RenderState state, TextBuffer output, int depth) => output.Append($"<function {name}>");
}
