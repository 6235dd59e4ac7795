using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Nodes;

/// <summary>
/// Operators of one precedence, applied from left to right. A chain is one node, not a tree, so that a thousand terms need no thousand
/// levels of stack.
/// </summary>
internal sealed class ArithmeticNode(Expression first, (BinaryOperator Operator, Expression Right)[] rest) : Expression(first.Offset)
{
    public override Value Evaluate(RenderState state)
    {
        var value = first.Evaluate(state);
        state.Charge(8L * rest.Length);
        foreach (var (operation, right) in rest)
        {
            var other = right.Evaluate(state);
            state.Position = this;
            value = Arithmetic.Apply(state, operation, value, other);
        }

        return value;
    }
}

/// <summary>a ~ b ~ c: everything as text.</summary>
internal sealed class JoinNode(Expression[] parts) : Expression(parts[0].Offset)
{
    public override Value Evaluate(RenderState state)
    {
        state.Charge(8L * parts.Length);
        var values = new Value[parts.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = state.ToText(parts[i].Evaluate(state));
        if (values.Length == 2 && !values[0].IsMarkup && !values[1].IsMarkup)
            return Arithmetic.Concatenate(state, values[0], values[1]);
        var text = state.NewText();
        foreach (var value in values)
            text.Append(value);
        return text.ToValue();
    }
}

/// <summary>-a or +a.</summary>
internal sealed class SignNode(int offset, Expression operand, bool isMinus) : Expression(offset)
{
    public override Value Evaluate(RenderState state)
    {
        var value = operand.Evaluate(state);
        state.Position = this;
        return isMinus ? Arithmetic.Negate(value) : Arithmetic.Plus(value);
    }
}

/// <summary>not a.</summary>
internal sealed class NotNode(int offset, Expression operand) : Expression(offset)
{
    public override Value Evaluate(RenderState state) => Value.Of(!operand.Evaluate(state).IsTruthy);
}

/// <summary>a and b and c, or a or b or c: the first operand that decides, itself.</summary>
internal sealed class LogicNode(Expression[] operands, bool isAnd) : Expression(operands[0].Offset)
{
    public override Value Evaluate(RenderState state)
    {
        state.Charge(8L * operands.Length);
        var value = operands[0].Evaluate(state);
        for (var i = 1; i < operands.Length && value.IsTruthy == isAnd; i++)
            value = operands[i].Evaluate(state);
        return value;
    }
}

/// <summary>A chain of comparisons, a &lt; b &lt;= c: each operand is evaluated once, up to the first that fails.</summary>
internal sealed class ComparisonNode(Expression first, (ComparisonOperator Operator, Expression Right)[] rest) : Expression(first.Offset)
{
    public override Value Evaluate(RenderState state)
    {
        state.Charge(8L * rest.Length);
        var left = first.Evaluate(state);
        foreach (var (operation, rightNode) in rest)
        {
            var right = rightNode.Evaluate(state);
            state.Position = this;
            if (!Holds(state, operation, left, right))
                return Value.False;
            left = right;
        }

        return Value.True;
    }

    public static bool Holds(RenderState state, ComparisonOperator operation, in Value left, in Value right) => operation switch
    {
        ComparisonOperator.Equal => Comparison.AreEqual(state, left, right),
        ComparisonOperator.NotEqual => !Comparison.AreEqual(state, left, right),
        ComparisonOperator.Less => Comparison.IsLess(state, left, right),
        ComparisonOperator.LessOrEqual => Comparison.IsLessOrEqual(state, left, right),
        ComparisonOperator.Greater => Comparison.IsLess(state, right, left, ">"),
        ComparisonOperator.GreaterOrEqual => Comparison.IsLessOrEqual(state, right, left, ">="),
        ComparisonOperator.In => Comparison.Contains(state, right, left),
        _ => !Comparison.Contains(state, right, left),
    };
}

/// <summary>The operators of <see cref="ComparisonNode"/>.</summary>
internal enum ComparisonOperator : byte
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// <summary>a if condition else b; undefined without an else.</summary>
internal sealed class ConditionalNode(int offset, Expression condition, Expression whenTrue, Expression? whenFalse) : Expression(offset)
{
    private static readonly Value s_undefined =
        Value.Undefined(UndefinedOrigin.Because("the inline if-expression evaluated to false and no else section was defined."));

    public override Value Evaluate(RenderState state) => condition.Evaluate(state).IsTruthy
        ? whenTrue.Evaluate(state)
        : whenFalse?.Evaluate(state) ?? s_undefined;
}
