using Tessera.Tokenizers.Templates.Library;
using Tessera.Tokenizers.Templates.Nodes;

namespace Tessera.Tokenizers.Templates.Syntax;

internal sealed partial class TemplateParser
{
    private const int MaxPostfix = 256; // a chain is a tree of that depth; published templates have chains of five

    private Expression ParsePostfix(Expression value)
    {
        for (var length = 0; ; length++)
        {
            RequireChain(length);
            switch (Current.Kind)
            {
                case TokenKind.Dot:
                    value = ParseAttribute(value);
                    break;
                case TokenKind.LeftBracket:
                    value = ParseSubscript(value);
                    break;
                case TokenKind.LeftParenthesis:
                    value = new CallNode(Current.Offset, value, ParseArguments());
                    break;
                default:
                    return value;
            }
        }
    }

    private Expression ParseFiltersAndTests(Expression value)
    {
        for (var length = 0; ; length++)
        {
            RequireChain(length);
            if (Current.Kind == TokenKind.Pipe)
                value = ParseFilters(value)!;
            else if (Current.IsName("is"))
                value = ParseTest(value);
            else if (Current.Kind == TokenKind.LeftParenthesis)
                value = new CallNode(Current.Offset, value, ParseArguments());
            else
                return value;
        }
    }

    private static void RequireChain(int length)
    {
        if (length > MaxPostfix)
            throw new ResourceLimitException("links of one expression in a chat template", length, MaxPostfix);
    }

    private Expression ParseAttribute(Expression owner)
    {
        var dot = Next();
        var token = Next();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeNode(dot.Offset, owner, token.Text),
            TokenKind.Integer => new ElementNode(dot.Offset, owner, new ConstantNode(token.Offset, token.Number)),
            _ => throw _source.Malformed(token.Offset, "expected name or number"),
        };
    }

    private Expression ParseSubscript(Expression owner)
    {
        var bracket = Next();
        var indices = new List<Expression>();
        while (Current.Kind != TokenKind.RightBracket)
        {
            if (indices.Count > 0)
                Expect(TokenKind.Comma, "','");
            var item = ParseIndexOrSlice(bracket.Offset, owner, out var isSlice);
            if (isSlice)
            {
                if (indices.Count > 0 || Current.Kind != TokenKind.RightBracket)
                    throw _source.Malformed(bracket.Offset, "a slice cannot be part of a tuple");
                Next();
                return item;
            }

            indices.Add(item);
        }

        Next();
        var index = indices.Count == 1 ? indices[0] : new SequenceNode(bracket.Offset, [.. indices], isTuple: true);
        return new ElementNode(bracket.Offset, owner, index);
    }

    private Expression ParseIndexOrSlice(int offset, Expression owner, out bool isSlice)
    {
        var start = Current.Kind == TokenKind.Colon ? null : ParseExpression();
        isSlice = SkipIf(TokenKind.Colon);
        if (!isSlice)
            return start!;
        var stop = Current.Kind is TokenKind.Colon or TokenKind.RightBracket or TokenKind.Comma ? null : ParseExpression();
        var step = SkipIf(TokenKind.Colon) && Current.Kind is not (TokenKind.RightBracket or TokenKind.Comma) ? ParseExpression() : null;
        return new SliceNode(offset, owner, start, stop, step);
    }

    private ArgumentNodes ParseArguments()
    {
        var open = Expect(TokenKind.LeftParenthesis, "'('");
        var positional = new List<Expression>();
        var named = new List<KeyValuePair<string, Expression>>();
        Expression? more = null;
        Expression? moreNamed = null;
        for (var first = true; Current.Kind != TokenKind.RightParenthesis; first = false)
        {
            if (!first)
            {
                Expect(TokenKind.Comma, "','");
                if (Current.Kind == TokenKind.RightParenthesis)
                    break;
            }

            if (Current.Kind == TokenKind.Multiply && more is null && moreNamed is null)
            {
                Next();
                more = ParseExpression();
            }
            else if (Current.Kind == TokenKind.Power && moreNamed is null)
            {
                Next();
                moreNamed = ParseExpression();
            }
            else if (Current.Kind == TokenKind.Name && Ahead.Kind == TokenKind.Assign && moreNamed is null)
            {
                var name = Next().Text;
                Next();
                named.Add(new(name, ParseExpression()));
            }
            else if (more is null && moreNamed is null && named.Count == 0)
            {
                positional.Add(ParseExpression());
            }
            else
            {
                throw _source.Malformed(open.Offset, "invalid syntax for function call expression");
            }
        }

        Next();
        if (named.DistinctBy(pair => pair.Key).Count() != named.Count)
            throw _source.Malformed(open.Offset, "keyword argument repeated");
        return positional.Count == 0 && named.Count == 0 && more is null && moreNamed is null
            ? ArgumentNodes.None
            : new ArgumentNodes([.. positional], [.. named], more, moreNamed);
    }

    private Expression? ParseFilters(Expression? value, bool startsInline = false)
    {
        for (var length = 0; Current.Kind == TokenKind.Pipe || startsInline; length++)
        {
            RequireChain(length);
            if (!startsInline)
                Next();
            startsInline = false;
            var offset = Current.Offset;
            var name = ParseDottedName();
            if (!Filters.TryGet(name, out var filter))
                _unsupported ??= _source.Unsupported(offset, $"filter '{name}'");
            var arguments = Current.Kind == TokenKind.LeftParenthesis ? ParseArguments() : ArgumentNodes.None;
            value = new FilterNode(offset, value, filter, arguments);
        }

        return value;
    }

    private Expression ParseTest(Expression value)
    {
        var token = Next();
        var isNegated = SkipIfName("not");
        var offset = Current.Offset;
        var name = ParseDottedName();
        if (!ValueTests.TryGet(name, out var test))
            _unsupported ??= _source.Unsupported(offset, $"test '{name}'");
        var arguments = ArgumentNodes.None;
        if (Current.Kind == TokenKind.LeftParenthesis)
        {
            arguments = ParseArguments();
        }
        else if (Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float or TokenKind.LeftBracket or TokenKind.LeftBrace
            && !(Current.IsName("else") || Current.IsName("or") || Current.IsName("and")))
        {
            if (Current.IsName("is"))
                throw Malformed("You cannot chain multiple tests with is");
            arguments = new ArgumentNodes([ParsePostfix(ParsePrimary())], [], null, null);
        }

        Expression result = new TestNode(token.Offset, value, test, arguments);
        return isNegated ? new NotNode(token.Offset, result) : result;
    }

    private string ParseDottedName()
    {
        var name = ExpectName();
        while (SkipIf(TokenKind.Dot))
            name += "." + ExpectName();
        return name;
    }
}
