using Tessera.Tokenizers.Templates.Library;
using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>
/// Recursive descent over the tokens, after Jinja 3.1's grammar. Depth is bounded; filters and tests are looked up here, so that an unknown
/// one is refused before anything runs.
/// </summary>
internal sealed partial class TemplateParser
{
    private readonly SourceText _source;
    private readonly List<Token> _tokens;
    private readonly int _maxDepth;
    private readonly bool _acceptsDo;
    private readonly NameTable _names = new();
    private readonly Dictionary<string, BlockStatement> _blocks = [];
    private readonly Stack<string[]> _endTags = new();
    private readonly Stack<string> _openTags = new();
    private int _position;
    private int _depth;
    private int _loopDepth;
    private bool _hasGeneration;
    private UnsupportedFeatureException? _unsupported; // the first unknown filter or test; a syntax error anywhere comes before it

    private TemplateParser(SourceText source, int maxDepth, bool acceptsDo)
    {
        _source = source;
        _tokens = TemplateLexer.Tokenize(source);
        _maxDepth = maxDepth;
        _acceptsDo = acceptsDo;
    }

    /// <summary>Parses a template.</summary>
    /// <exception cref="MalformedInputException">A syntax error, with line and column.</exception>
    /// <exception cref="UnsupportedFeatureException">A tag, filter or test that exists elsewhere but not here.</exception>
    /// <exception cref="ResourceLimitException">The template is too long or nests too deeply.</exception>
    public static CompiledTemplate Parse(string text, ChatTemplateLimits limits, bool acceptsDo)
    {
        if (text.Length > limits.MaxTemplateLength)
            throw new ResourceLimitException("characters of a chat template", text.Length, limits.MaxTemplateLength);
        var source = new SourceText(text);
        var parser = new TemplateParser(source, limits.MaxDepth, acceptsDo);
        var body = parser.ParseBody([]);
        if (parser._unsupported is not null)
            throw parser._unsupported;
        var names = parser._names.ToArray();
        return new CompiledTemplate
        {
            Source = source,
            Body = body,
            Names = names,
            Blocks = parser._blocks,
            HasGenerationBlocks = parser._hasGeneration,
            Globals = [.. names.Select(GlobalFunctions.Find)],
        };
    }

    private Token Current => _tokens[_position];

    private Token Ahead => _tokens[Math.Min(_position + 1, _tokens.Count - 1)];

    private Token Next() => Current.Kind == TokenKind.End ? Current : _tokens[_position++];

    private bool SkipIf(TokenKind kind)
    {
        if (Current.Kind != kind)
            return false;
        _position++;
        return true;
    }

    private bool SkipIfName(string name)
    {
        if (!Current.IsName(name))
            return false;
        _position++;
        return true;
    }

    private Token Expect(TokenKind kind, string description)
    {
        if (Current.Kind == kind)
            return Next();
        throw Current.Kind == TokenKind.End
            ? Malformed($"unexpected end of template, expected {description}")
            : Malformed($"expected {description}, got {Current.Description}");
    }

    private string ExpectName() => Expect(TokenKind.Name, "a name").Text;

    private MalformedInputException Malformed(string reason) => _source.Malformed(Current.Offset, reason);

    /// <summary>One level deeper; the caller decrements.</summary>
    private void Deepen()
    {
        if (++_depth > _maxDepth)
        {
            var (line, column) = _source.Locate(Current.Offset);
            throw new ResourceLimitException("levels of nesting in a chat template", _depth, _maxDepth, $"At line {line}, column {column}.");
        }
    }

    /// <summary>Statements up to one of the end tags, whose name becomes the current token; up to the end of the template if there are none.</summary>
    private StatementList ParseBody(string[] endTags)
    {
        var offset = Current.Offset;
        var statements = new List<Statement>();
        if (endTags.Length > 0)
        {
            SkipIf(TokenKind.Colon); // tolerated by Jinja for the sake of Python's habits
            Expect(TokenKind.BlockEnd, "end of statement block");
            _endTags.Push(endTags);
        }

        Deepen();
        while (Current.Kind != TokenKind.End)
        {
            var token = Next();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TextStatement(token.Offset, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new PrintStatement(ParseTuple()));
                    Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                default:
                    if (Current.Kind == TokenKind.Name && Array.IndexOf(endTags, Current.Text) >= 0)
                    {
                        _endTags.Pop();
                        _depth--;
                        return new StatementList(offset, [.. statements]);
                    }

                    statements.AddRange(ParseStatement());
                    Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
            }
        }

        if (endTags.Length > 0)
            throw Malformed(MissingTag(null));
        _depth--;
        return new StatementList(offset, [.. statements]);
    }

    private string MissingTag(string? unknown)
    {
        var message = unknown is null ? "Unexpected end of template." : $"Encountered unknown tag '{unknown}'.";
        if (_endTags.TryPeek(out var expected))
            message += $" Jinja was looking for the following tags: {string.Join(" or ", expected.Select(tag => $"'{tag}'"))}.";
        if (_openTags.TryPeek(out var open))
            message += $" The innermost block that needs to be closed is '{open}'.";
        return message;
    }
}
