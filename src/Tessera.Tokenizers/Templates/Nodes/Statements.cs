using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>Text of the template.</summary>
internal sealed class TextStatement(int offset, string text) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        state.Output.Append(text);
        return Flow.Next;
    }
}

/// <summary>{{ expression }}.</summary>
internal sealed class PrintStatement(Expression expression) : Statement(expression.Offset)
{
    public override Flow Execute(RenderState state)
    {
        state.Print(expression.Evaluate(state));
        return Flow.Next;
    }
}

/// <summary>{% do expression %}: evaluates and prints nothing.</summary>
internal sealed class DoStatement(Expression expression) : Statement(expression.Offset)
{
    public override Flow Execute(RenderState state)
    {
        expression.Evaluate(state);
        return Flow.Next;
    }
}

/// <summary>{% if %} with its elif branches; opens no scope.</summary>
internal sealed class IfStatement(int offset, (Expression Condition, StatementList Body)[] branches, StatementList? otherwise) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition.Evaluate(state).IsTruthy)
                return body.Execute(state);
        }

        return otherwise?.Execute(state) ?? Flow.Next;
    }
}

/// <summary>{% break %} or {% continue %}.</summary>
internal sealed class JumpStatement(int offset, Flow flow) : Statement(offset)
{
    public override Flow Execute(RenderState state) => flow;
}

/// <summary>{% set target = expression %}.</summary>
internal sealed class SetStatement(int offset, AssignmentTarget target, Expression expression) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        var value = expression.Evaluate(state);
        state.Position = this;
        target.Assign(state, value);
        return Flow.Next;
    }
}

/// <summary>{% set target %}body{% endset %}, with filters.</summary>
internal sealed class SetBlockStatement(int offset, AssignmentTarget target, FilterNode? filter, StatementList body) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        var scope = new Scope(state.Scope);
        var text = state.Capture(body, scope, out var flow);
        if (filter is not null)
            text = filter.ApplyToBlock(state, text);
        state.Position = this;
        target.Assign(state, text);
        return flow;
    }
}

/// <summary>{% filter name %}body{% endfilter %}.</summary>
internal sealed class FilterBlockStatement(int offset, FilterNode filter, StatementList body) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        var text = state.Capture(body, new Scope(state.Scope), out var flow);
        state.Print(filter.ApplyToBlock(state, text));
        return flow;
    }
}

/// <summary>{% with a = 1 %}body{% endwith %}: a scope of its own.</summary>
internal sealed class WithStatement(int offset, (AssignmentTarget Target, Expression Value)[] bindings, StatementList body) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        var outer = state.Scope;
        var values = new Value[bindings.Length]; // all are evaluated outside of the new scope
        for (var i = 0; i < values.Length; i++)
            values[i] = bindings[i].Value.Evaluate(state);
        state.Scope = new Scope(outer);
        for (var i = 0; i < values.Length; i++)
            bindings[i].Target.Assign(state, values[i]);
        var flow = body.Execute(state);
        state.Scope = outer;
        return flow;
    }
}

/// <summary>{% block name %}: there is no inheritance, so its body is rendered in place, in a scope over the outermost one.</summary>
internal sealed class BlockStatement(int offset, string name, bool isScoped, StatementList body) : Statement(offset)
{
    public string Name => name;

    public override Flow Execute(RenderState state)
    {
        Render(state, isScoped ? state.Scope : state.Root);
        return Flow.Next;
    }

    public void Render(RenderState state, Scope parent)
    {
        var outer = state.Scope;
        state.Enter();
        state.Scope = new Scope(parent);
        body.Execute(state);
        state.Scope = outer;
        state.Leave();
    }
}

/// <summary>{% generation %}: renders its body and notes where it stands in the output.</summary>
internal sealed class GenerationStatement(int offset, StatementList body) : Statement(offset)
{
    public override Flow Execute(RenderState state)
    {
        var outer = state.Scope;
        var start = state.OutputOffset + state.Output.Length;
        state.Scope = new Scope(outer);
        var flow = body.Execute(state);
        state.Scope = outer;
        state.GenerationRanges.Add((start, state.OutputOffset + state.Output.Length));
        return flow;
    }
}
