using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Syntax;

internal sealed partial class TemplateParser
{
    private Expression ParseExpression(bool withConditional = true) => withConditional ? ParseConditional() : ParseOr();

    /// <summary>An expression, or several with commas between: a tuple.</summary>
    private Expression ParseTuple(bool withConditional = true, string? endName = null, bool inParentheses = false)
    {
        var offset = Current.Offset;
        var items = new List<Expression>();
        var isTuple = false;
        while (!IsTupleEnd(endName))
        {
            items.Add(ParseExpression(withConditional));
            if (!SkipIf(TokenKind.Comma))
                break;
            isTuple = true;
        }

        if (!isTuple && items.Count == 1)
            return items[0];
        if (items.Count == 0 && !inParentheses)
            throw Malformed($"Expected an expression, got {Current.Description}");
        return new SequenceNode(offset, [.. items], isTuple: true);
    }

    private bool IsTupleEnd(string? endName) => Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.RightParenthesis
        || (endName is not null && Current.IsName(endName));

    private Expression ParseConditional()
    {
        Deepen();
        var offset = Current.Offset;
        var value = ParseOr();
        var chained = 0;
        while (SkipIfName("if"))
        {
            if (++chained > _maxDepth)
                throw Malformed("too many conditions in one expression");
            var condition = ParseOr();
            value = new ConditionalNode(offset, condition, value, SkipIfName("else") ? ParseConditional() : null);
        }

        _depth--;
        return value;
    }

    private Expression ParseOr()
    {
        var first = ParseAnd();
        if (!Current.IsName("or"))
            return first;
        var operands = new List<Expression> { first };
        while (SkipIfName("or"))
            operands.Add(ParseAnd());
        return new LogicNode([.. operands], isAnd: false);
    }

    private Expression ParseAnd()
    {
        var first = ParseNot();
        if (!Current.IsName("and"))
            return first;
        var operands = new List<Expression> { first };
        while (SkipIfName("and"))
            operands.Add(ParseNot());
        return new LogicNode([.. operands], isAnd: true);
    }

    private Expression ParseNot()
    {
        if (!Current.IsName("not"))
            return ParseComparison();
        var token = Next();
        Deepen();
        var operand = ParseNot();
        _depth--;
        return new NotNode(token.Offset, operand);
    }

    private Expression ParseComparison()
    {
        var first = ParseSum();
        List<(ComparisonOperator, Expression)>? rest = null;
        while (TryComparisonOperator(out var operation))
            (rest ??= []).Add((operation, ParseSum()));
        return rest is null ? first : new ComparisonNode(first, [.. rest]);
    }

    private bool TryComparisonOperator(out ComparisonOperator operation)
    {
        operation = Current.Kind switch
        {
            TokenKind.Equal => ComparisonOperator.Equal,
            TokenKind.NotEqual => ComparisonOperator.NotEqual,
            TokenKind.Less => ComparisonOperator.Less,
            TokenKind.LessOrEqual => ComparisonOperator.LessOrEqual,
            TokenKind.Greater => ComparisonOperator.Greater,
            TokenKind.GreaterOrEqual => ComparisonOperator.GreaterOrEqual,
            _ => Current.IsName("in") ? ComparisonOperator.In : ComparisonOperator.NotIn,
        };
        if (operation == ComparisonOperator.NotIn)
        {
            if (!Current.IsName("not") || !Ahead.IsName("in"))
                return false;
            Next();
        }

        Next();
        return true;
    }

    private Expression ParseSum()
    {
        var first = ParseJoin();
        List<(BinaryOperator, Expression)>? rest = null;
        while (Current.Kind is TokenKind.Add or TokenKind.Subtract)
        {
            var operation = Next().Kind == TokenKind.Add ? BinaryOperator.Add : BinaryOperator.Subtract;
            (rest ??= []).Add((operation, ParseJoin()));
        }

        return rest is null ? first : new ArithmeticNode(first, [.. rest]);
    }

    private Expression ParseJoin()
    {
        var first = ParseProduct();
        if (Current.Kind != TokenKind.Tilde)
            return first;
        var parts = new List<Expression> { first };
        while (SkipIf(TokenKind.Tilde))
            parts.Add(ParseProduct());
        return new JoinNode([.. parts]);
    }

    private Expression ParseProduct()
    {
        var first = ParsePower();
        List<(BinaryOperator, Expression)>? rest = null;
        while (Current.Kind is TokenKind.Multiply or TokenKind.Divide or TokenKind.FloorDivide or TokenKind.Modulo)
        {
            var operation = Next().Kind switch
            {
                TokenKind.Multiply => BinaryOperator.Multiply,
                TokenKind.Divide => BinaryOperator.Divide,
                TokenKind.FloorDivide => BinaryOperator.FloorDivide,
                _ => BinaryOperator.Modulo,
            };
            (rest ??= []).Add((operation, ParsePower()));
        }

        return rest is null ? first : new ArithmeticNode(first, [.. rest]);
    }

    private Expression ParsePower()
    {
        var first = ParseUnary();
        List<(BinaryOperator, Expression)>? rest = null;
        while (SkipIf(TokenKind.Power))
            (rest ??= []).Add((BinaryOperator.Power, ParseUnary()));
        return rest is null ? first : new ArithmeticNode(first, [.. rest]);
    }

    private Expression ParseUnary(bool withFilters = true)
    {
        Expression value;
        if (Current.Kind is TokenKind.Subtract or TokenKind.Add)
        {
            var token = Next();
            Deepen();
            value = new SignNode(token.Offset, ParseUnary(withFilters: false), token.Kind == TokenKind.Subtract);
            _depth--;
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private Expression ParsePrimary()
    {
        var token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new ConstantNode(token.Offset, Value.True),
                    "false" or "False" => new ConstantNode(token.Offset, Value.False),
                    "none" or "None" => new ConstantNode(token.Offset, Value.None),
                    _ => new NameNode(token.Offset, token.Text, _names.Mention(token.Text)),
                };
            case TokenKind.String:
                var text = token.Text;
                if (Current.Kind == TokenKind.String)
                {
                    var parts = new List<string> { text };
                    while (Current.Kind == TokenKind.String)
                        parts.Add(Next().Text);
                    text = string.Concat(parts);
                }

                return new ConstantNode(token.Offset, Value.Of(text));
            case TokenKind.Integer or TokenKind.Float:
                return new ConstantNode(token.Offset, token.Number);
            case TokenKind.LeftParenthesis:
                var inner = ParseTuple(inParentheses: true);
                Expect(TokenKind.RightParenthesis, "')'");
                return inner;
            case TokenKind.LeftBracket:
                return ParseList(token);
            case TokenKind.LeftBrace:
                return ParseDictionary(token);
            case TokenKind.End:
                throw Malformed("unexpected end of template");
            default:
                throw _source.Malformed(token.Offset, $"unexpected {token.Description}");
        }
    }

    private SequenceNode ParseList(Token token)
    {
        var items = new List<Expression>();
        while (Current.Kind != TokenKind.RightBracket)
        {
            if (items.Count > 0)
                Expect(TokenKind.Comma, "','");
            if (Current.Kind == TokenKind.RightBracket)
                break;
            items.Add(ParseExpression());
        }

        Next();
        return new SequenceNode(token.Offset, [.. items], isTuple: false);
    }

    private DictionaryNode ParseDictionary(Token token)
    {
        var items = new List<(Expression, Expression)>();
        while (Current.Kind != TokenKind.RightBrace)
        {
            if (items.Count > 0)
                Expect(TokenKind.Comma, "','");
            if (Current.Kind == TokenKind.RightBrace)
                break;
            var key = ParseExpression();
            Expect(TokenKind.Colon, "':'");
            items.Add((key, ParseExpression()));
        }

        Next();
        return new DictionaryNode(token.Offset, [.. items]);
    }
}
