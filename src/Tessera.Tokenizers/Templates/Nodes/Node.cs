using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>A piece of a parsed template; it knows where it stands and how to run itself, and holds no state of a rendering.</summary>
internal abstract class Node(int offset)
{
    /// <summary>Index into the template's normalised text.</summary>
    public int Offset { get; } = offset;
}

/// <summary>A node that yields a value.</summary>
internal abstract class Expression(int offset) : Node(offset)
{
    public abstract Value Evaluate(RenderState state);
}

/// <summary>A node that prints, assigns or steers.</summary>
internal abstract class Statement(int offset) : Node(offset)
{
    public abstract Flow Execute(RenderState state);
}

/// <summary>How a statement ended.</summary>
internal enum Flow : byte
{
    Next,
    Break,
    Continue,
}

/// <summary>Statements one after the other.</summary>
internal sealed class StatementList(int offset, Statement[] statements) : Node(offset)
{
    public Flow Execute(RenderState state)
    {
        state.RequireStack();
        foreach (var statement in statements)
        {
            state.Position = statement;
            state.Charge(16);
            var flow = statement.Execute(state);
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }
}
