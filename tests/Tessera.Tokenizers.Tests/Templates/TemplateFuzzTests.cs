using System.Diagnostics;
using System.Text;
using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

public sealed class TemplateFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-}}", "{%-", "-%}", "{%+", "+%}", " ", "\n", "\r\n", "\t", "\u00a0", "\ud83d", "\udc00", "\0",
        "if", "elif", "else", "endif", "for", "endfor", "in", "set", "endset", "macro m(a, b=1)", "endmacro", "call", "endcall", "filter upper", "endfilter",
        "raw", "endraw", "generation", "endgeneration", "recursive", "with", "endwith", "block b", "endblock", "break", "continue", "print",
        "x", "m", "loop", "loop.index", "loop(x)", "ns.x", "messages", "messages[0].content", "namespace(x=1)", "range(3)", "range(10**6)", "caller()",
        "self", "dict(a=1)", "cycler(1,2).next()", "raise_exception('e')", "strftime_now('%Y%')", "m(1)", "true", "none", "undefd",
        "'a'", "\"b'\"", "'\\x4'", "'\\u00e9'", "1", "2.5", "1e999", "0x", "007", "99999999999999999999", "[1, 'a']", "(1,)", "{'a': [1]}", "[]", "{}",
        "+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", "=", "and", "or", "not", "is", "is not", "is defined", "is eq 1", "if 1 else 2",
        "|upper", "|length", "|join(',')", "|tojson", "|tojson(indent=2)", "|map('upper')|list", "|sort", "|first", "|batch(2)|list", "|groupby('a')", "|int",
        "|round(2)", "|indent(4)", "|truncate(3)", "|center(9)", "|format(1)", "|nofilter", "|replace('a', 'b')", "|select('odd')|list", "|attr('x')",
        ".a", ".0", "['a']", "[0]", "[1:]", "[::-1]", "[-1]", ".items()", ".split()", ".strip()", ".format(1)", ".__class__", ".append(1)", ".join(x)",
        "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "|", "!", "$", "\\", "text", "é😀",
    ];

    private const string Characters = "{}%|'()[] \n\0éx1-";

    [Fact]
    public void NoTemplateGivesAnUntypedErrorOrHangs()
    {
        var random = new RandomKey(1, 0, 0, RandomPurpose.Tokenize);
        var rendered = 0;
        uint draw = 0;
        int Below(int bound) => random.Below(bound, draw++);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 6000; i++)
        {
            var template = Build(Below, i % 3);
            try
            {
                var limits = new ChatTemplateLimits { MaxSteps = 20_000, MaxWork = 1 << 24, MaxOutputLength = 1 << 20 };
                ChatTemplate.Parse(template, limits).Show(new ChatTemplateInput
                {
                    Messages = [new ChatMessage("user", "Hi {{ x }} 😀"), new ChatMessage("assistant")],
                    TrackContent = i % 2 == 0,
                });
                rendered++;
            }
            catch (TesseraException)
            {
                // a refusal is right; anything else ends the test
            }
            catch (Exception other)
            {
                throw new InvalidOperationException($"{other.GetType().Name} from the template {template}", other);
            }
        }

        rendered.ShouldBeGreaterThan(200); // otherwise the pieces only make syntax errors and nothing is rendered
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    /// <summary>Pieces at random; or inside of tags that match; or a sound template with one character changed.</summary>
    private static string Build(Func<int, int> below, int style)
    {
        var text = new StringBuilder();
        if (style == 2)
        {
            text.Append("{% for m in messages %}{{ '<|' + m.role + '|>' + m.content|default('', true)|trim }}{% if loop.last %}{{ x|tojson }}{% endif %}{% endfor %}");
            for (var changes = 1 + below(3); changes > 0; changes--)
                text[below(text.Length)] = Characters[below(Characters.Length)];
            return text.ToString();
        }

        for (var count = 1 + below(style == 0 ? 12 : 4); count > 0; count--)
        {
            if (style == 0)
            {
                text.Append(s_pieces[below(s_pieces.Length)]);
                if (below(2) == 0)
                    text.Append(' ');
            }
            else
            {
                text.Append("{{ ");
                for (var words = 1 + below(4); words > 0; words--)
                    text.Append(s_pieces[44 + below(s_pieces.Length - 44)]);
                text.Append(" }}");
            }
        }

        return text.ToString();
    }
}
