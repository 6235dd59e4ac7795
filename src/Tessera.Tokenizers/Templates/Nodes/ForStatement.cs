using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>
/// {% for target in items if condition recursive %}. Each iteration has a scope of its own; the condition is asked item by item, unless
/// the body looks ahead through <c>loop</c>.
/// </summary>
internal sealed class ForStatement(int offset, AssignmentTarget target, Expression items, Expression? condition, bool isRecursive) : Statement(offset)
{
    public required StatementList Body { get; init; }

    public StatementList? Otherwise { get; init; }

    /// <summary>The number of the name <c>loop</c>, if anything in the body mentions it; −1 otherwise.</summary>
    public int LoopName { get; init; }

    public override Flow Execute(RenderState state)
    {
        var source = items.Evaluate(state);
        state.Position = this;
        return Run(state, source, 0);
    }

    /// <summary>Whether the condition lets an item through; it sees the item and what is outside of the loop.</summary>
    public bool Admits(RenderState state, Scope outer, in Value item)
    {
        if (condition is null)
            return true;
        state.Step();
        var current = state.Scope;
        state.Scope = new Scope(outer);
        target.Assign(state, item);
        var admitted = condition.Evaluate(state).IsTruthy;
        state.Scope = current;
        return admitted;
    }

    /// <summary>Renders the loop over other items, one level deeper, as loop(items) asks for.</summary>
    public Value Recurse(RenderState state, Scope outer, in Value source, int depth)
    {
        if (!isRecursive)
            throw Faults.Type("The loop must have the 'recursive' marker to be called recursively.");
        state.Enter();
        var inner = new StatementList(Offset, [new RecursionStatement(this, source, depth)]);
        var text = state.Capture(inner, outer, out _);
        state.Leave();
        return text;
    }

    private Flow Run(RenderState state, in Value source, int depth)
    {
        var outer = state.Scope;
        var loop = new LoopObject(state, this, outer, state.Iterate(source), source.Kind != ValueKind.Generator && condition is null, depth);
        var scope = new Scope(outer);
        var isEmpty = true;
        while (loop.MoveNext(state))
        {
            isEmpty = false;
            state.Step();
            if (scope.IsCaptured)
                scope = new Scope(outer);
            else
                scope.Clear();
            state.Scope = scope;
            if (LoopName >= 0)
                scope.Set(LoopName, Value.Of(loop));
            target.Assign(state, loop.Current);
            if (Body.Execute(state) == Flow.Break)
                break;
        }

        state.Scope = outer;
        return isEmpty && Otherwise is not null ? RunOtherwise(state, outer) : Flow.Next;
    }

    private Flow RunOtherwise(RenderState state, Scope outer)
    {
        state.Scope = new Scope(outer);
        var flow = Otherwise!.Execute(state);
        state.Scope = outer;
        return flow;
    }

    private sealed class RecursionStatement(ForStatement loop, Value source, int depth) : Statement(loop.Offset)
    {
        public override Flow Execute(RenderState state) => loop.Run(state, source, depth);
    }
}
