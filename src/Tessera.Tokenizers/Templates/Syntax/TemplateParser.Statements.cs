using Tessera.Tokenizers.Templates.Nodes;

namespace Tessera.Tokenizers.Templates.Syntax;

internal sealed partial class TemplateParser
{
    private Statement[] ParseStatement()
    {
        if (Current.Kind != TokenKind.Name)
            throw Malformed("tag name expected");
        var token = Next();
        _openTags.Push(token.Text);
        Statement[] statements = token.Text switch
        {
            "if" => [ParseIf(token)],
            "for" => [ParseFor(token)],
            "set" => [ParseSet(token)],
            "macro" => [ParseMacro(token)],
            "call" => [ParseCallBlock(token)],
            "filter" => [ParseFilterBlock(token)],
            "with" => [ParseWith(token)],
            "block" => [ParseBlock(token)],
            "generation" => [ParseGeneration(token)],
            "print" => ParsePrint(),
            "break" => [ParseJump(token, Flow.Break)],
            "continue" => [ParseJump(token, Flow.Continue)],
            "do" when _acceptsDo => [new DoStatement(ParseTuple())],
            "include" or "import" or "from" or "extends" => throw _source.Unsupported(
                token.Offset, $"tag '{token.Text}'", "A chat template is one text; there is nowhere to load another from."),
            "autoescape" => throw _source.Unsupported(token.Offset, "tag 'autoescape'"),
            _ => throw UnknownTag(token),
        };
        _openTags.Pop();
        return statements;
    }

    private MalformedInputException UnknownTag(Token token)
    {
        _openTags.Pop();
        return _source.Malformed(token.Offset, MissingTag(token.Text));
    }

    private IfStatement ParseIf(Token token)
    {
        var branches = new List<(Expression, StatementList)>();
        StatementList? otherwise = null;
        while (true)
        {
            var condition = ParseTuple(withConditional: false);
            branches.Add((condition, ParseBody(["elif", "else", "endif"])));
            var tag = Next().Text;
            if (tag == "elif")
                continue;
            if (tag == "else")
            {
                otherwise = ParseBody(["endif"]);
                Next();
            }

            return new IfStatement(token.Offset, [.. branches], otherwise);
        }
    }

    private ForStatement ParseFor(Token token)
    {
        _loopDepth++;
        var target = ParseTarget(allowsNamespace: false, "in");
        if (!SkipIfName("in"))
            throw Malformed($"expected 'in', got {Current.Description}");
        var items = ParseTuple(withConditional: false, "recursive");
        var condition = SkipIfName("if") ? ParseExpression() : null;
        var isRecursive = SkipIfName("recursive");
        _names.BeginBody();
        var body = ParseBody(["endfor", "else"]);
        var mentionsLoop = _names.EndBody().Contains("loop");
        StatementList? otherwise = null;
        if (Next().Text == "else")
        {
            otherwise = ParseBody(["endfor"]);
            Next();
        }

        _loopDepth--;
        return new ForStatement(token.Offset, target, items, condition, isRecursive)
        {
            Body = body,
            Otherwise = otherwise,
            LoopName = mentionsLoop ? _names.Add("loop") : -1,
        };
    }

    private JumpStatement ParseJump(Token token, Flow flow) => _loopDepth > 0
        ? new JumpStatement(token.Offset, flow)
        : throw _source.Malformed(token.Offset, $"'{token.Text}' outside of a loop");

    private Statement ParseSet(Token token)
    {
        var target = ParseTarget(allowsNamespace: true);
        if (SkipIf(TokenKind.Assign))
            return new SetStatement(token.Offset, target, ParseTuple());
        var filter = ParseFilters(null) as FilterNode;
        var body = ParseClosedBody("endset");
        return new SetBlockStatement(token.Offset, target, filter, body);
    }

    private MacroStatement ParseMacro(Token token)
    {
        var name = ExpectName();
        var (parameters, defaults) = ParseParameters();
        return new MacroStatement(token.Offset, _names.Add(name), ParseMacroBody(name, parameters, defaults, "endmacro"));
    }

    private CallBlockStatement ParseCallBlock(Token token)
    {
        var (parameters, defaults) = Current.Kind == TokenKind.LeftParenthesis ? ParseParameters() : ([], []);
        if (ParseExpression() is not CallNode call)
            throw _source.Malformed(token.Offset, "expected call");
        return new CallBlockStatement(token.Offset, call, ParseMacroBody(null, parameters, defaults, "endcall"));
    }

    private MacroSignature ParseMacroBody(string? name, string[] parameters, Expression[] defaults, string endTag)
    {
        var outerLoops = _loopDepth;
        _loopDepth = 0; // a macro's body is a function of its own: break cannot leave it
        _names.BeginBody();
        var body = ParseClosedBody(endTag);
        var mentioned = _names.EndBody();
        _loopDepth = outerLoops;
        if (Array.IndexOf(parameters, "caller") is >= 0 and var caller && mentioned.Contains("caller")
            && caller < parameters.Length - defaults.Length)
            throw Malformed("the special argument 'caller' must be omitted or be given a default");
        return new MacroSignature
        {
            Name = name,
            Parameters = parameters,
            Numbers = [.. parameters.Select(_names.Add)],
            Defaults = defaults,
            Body = body,
            Caller = Implicit("caller"),
            VariableArguments = Implicit("varargs"),
            NamedArguments = Implicit("kwargs"),
        };

        int Implicit(string variable) =>
            mentioned.Contains(variable) && Array.IndexOf(parameters, variable) < 0 ? _names.Add(variable) : -1;
    }

    private (string[] Parameters, Expression[] Defaults) ParseParameters()
    {
        var parameters = new List<string>();
        var defaults = new List<Expression>();
        Expect(TokenKind.LeftParenthesis, "'('");
        while (Current.Kind != TokenKind.RightParenthesis)
        {
            if (parameters.Count > 0)
                Expect(TokenKind.Comma, "','");
            var name = ExpectName();
            if (IsConstantName(name) || parameters.Contains(name))
                throw Malformed($"'{name}' cannot be a parameter");
            parameters.Add(name);
            if (SkipIf(TokenKind.Assign))
                defaults.Add(ParseExpression());
            else if (defaults.Count > 0)
                throw Malformed("non-default argument follows default argument");
        }

        Next();
        return ([.. parameters], [.. defaults]);
    }

    private FilterBlockStatement ParseFilterBlock(Token token)
    {
        var filter = (FilterNode)ParseFilters(null, startsInline: true)!;
        return new FilterBlockStatement(token.Offset, filter, ParseClosedBody("endfilter"));
    }

    private WithStatement ParseWith(Token token)
    {
        var bindings = new List<(AssignmentTarget, Expression)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0)
                Expect(TokenKind.Comma, "','");
            var target = ParseTarget(allowsNamespace: false);
            Expect(TokenKind.Assign, "'='");
            bindings.Add((target, ParseExpression()));
        }

        return new WithStatement(token.Offset, [.. bindings], ParseClosedBody("endwith"));
    }

    private BlockStatement ParseBlock(Token token)
    {
        var name = ExpectName();
        var isScoped = SkipIfName("scoped");
        if (SkipIfName("required"))
            throw _source.Unsupported(token.Offset, "a required block", "There is no template that could fill it.");
        var outerLoops = _loopDepth;
        _loopDepth = 0;
        var block = new BlockStatement(token.Offset, name, isScoped, ParseClosedBody("endblock"));
        _loopDepth = outerLoops;
        SkipIfName(name);
        return _blocks.TryAdd(name, block) ? block : throw _source.Malformed(token.Offset, $"block '{name}' defined twice");
    }

    private GenerationStatement ParseGeneration(Token token)
    {
        _hasGeneration = true;
        var outerLoops = _loopDepth;
        _loopDepth = 0;
        var body = ParseClosedBody("endgeneration");
        _loopDepth = outerLoops;
        return new GenerationStatement(token.Offset, body);
    }

    private Statement[] ParsePrint()
    {
        var statements = new List<Statement>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (statements.Count > 0)
                Expect(TokenKind.Comma, "','");
            statements.Add(new PrintStatement(ParseExpression()));
        }

        return [.. statements];
    }

    private StatementList ParseClosedBody(string endTag)
    {
        var body = ParseBody([endTag]);
        Next();
        return body;
    }

    /// <summary>A name, a namespace's attribute, or several of them.</summary>
    private AssignmentTarget ParseTarget(bool allowsNamespace, string? endName = null)
    {
        var offset = Current.Offset;
        var targets = new List<AssignmentTarget>();
        var isTuple = false;
        while (!IsTupleEnd(endName))
        {
            targets.Add(ParseSingleTarget(allowsNamespace));
            if (!SkipIf(TokenKind.Comma))
                break;
            isTuple = true;
        }

        if (targets.Count == 0)
            throw Malformed($"Expected an expression, got {Current.Description}");
        return isTuple ? new TupleTarget(offset, [.. targets]) : targets[0];
    }

    private AssignmentTarget ParseSingleTarget(bool allowsNamespace)
    {
        if (Current.Kind == TokenKind.LeftParenthesis)
        {
            Next();
            Deepen();
            var inner = ParseTarget(allowsNamespace: false);
            _depth--;
            Expect(TokenKind.RightParenthesis, "')'");
            return inner;
        }

        var token = Current;
        if (token.Kind != TokenKind.Name)
            throw Malformed($"can't assign to {token.Description}");
        Next();
        if (IsConstantName(token.Text))
            throw _source.Malformed(token.Offset, $"can't assign to '{token.Text}'");
        if (allowsNamespace && SkipIf(TokenKind.Dot))
            return new NamespaceTarget(new NameNode(token.Offset, token.Text, _names.Mention(token.Text)), ExpectName());
        if (token.Text == "loop" && _loopDepth > 0)
            throw _source.Malformed(token.Offset, "Can't assign to special loop variable in for-loop target");
        return new NameTarget(token.Offset, _names.Add(token.Text));
    }

    private static bool IsConstantName(string name) => name is "true" or "True" or "false" or "False" or "none" or "None";
}
