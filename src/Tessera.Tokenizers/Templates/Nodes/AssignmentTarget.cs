using Tessera.Tokenizers.Templates.Library;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>What stands left of an assignment, or between for and in.</summary>
internal abstract class AssignmentTarget(int offset) : Node(offset)
{
    public abstract void Assign(RenderState state, in Value value);
}

/// <summary>A variable.</summary>
internal sealed class NameTarget(int offset, int number) : AssignmentTarget(offset)
{
    public override void Assign(RenderState state, in Value value) => state.Scope.Set(number, value);
}

/// <summary>An attribute of a namespace.</summary>
internal sealed class NamespaceTarget(NameNode owner, string attribute) : AssignmentTarget(owner.Offset)
{
    public override void Assign(RenderState state, in Value value)
    {
        var target = owner.Evaluate(state);
        if (target.Kind != ValueKind.Object || target.Object is not NamespaceObject names)
            throw Faults.Type("cannot assign attribute on non-namespace object");
        names.Set(attribute, value);
    }
}

/// <summary>Several targets that share out the elements of a value.</summary>
internal sealed class TupleTarget(int offset, AssignmentTarget[] targets) : AssignmentTarget(offset)
{
    public override void Assign(RenderState state, in Value value)
    {
        var items = state.Iterate(value, "cannot unpack non-iterable {0} object");
        if (items.Length != targets.Length)
            throw Faults.Value($"{(items.Length < targets.Length ? "not enough" : "too many")} values to unpack (expected {targets.Length})");
        for (var i = 0; i < targets.Length; i++)
            targets[i].Assign(state, items[i]);
    }
}
