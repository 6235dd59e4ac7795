using System.Text;
using Tessera.Tokenizers.Templates;

namespace Tessera.Fuzz;

/// <summary>Chat templates: parsed, rendered with a short conversation.</summary>
internal sealed class TemplateKind : IFuzzKind
{
    private const string Sound = "{% set ns = namespace(n=0) %}{% for m in messages %}{% if m.role == 'user' %}{{ '<|' + m.role + '|>' + m.content | trim }}{% else %}{{ m.content | default('', true) | upper }}{% endif %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}{% if add_generation_prompt %}{{ '<|a|>' }}{% endif %}";

    private static readonly string[] s_atoms =
    [
        "1", "0", "2.5", "-3", "1e999", "99999999999999999999", "'a'", "\"é😀\"", "''", "true", "none", "missing", "messages", "messages[0].content", "messages[-1]['role']", "loop.index", "ns.n", "range(3)", "range(10**6)", "[]", "{}", "[1, 'b', none]", "{'a': 1, 'b': [2]}", "(1, 2)",
        "namespace(x=1)", "dict(a=1)", "raise_exception('e')", "strftime_now('%Y-%j')", "caller()", "self",
    ];

    private static readonly string[] s_postfixes =
    [
        "", "", "[0]", "[-1]", "[1:]", "[::-1]", "[::0]", ".a", ".content", ".items()", ".split('a')", ".strip()", ".upper()", ".format(1)", ".append(1)", ".__class__", "|length", "|upper", "|tojson", "|tojson(indent=2)", "|list", "|join(',')", "|first", "|last", "|sort", "|reverse|list", "|int", "|float", "|abs",
        "|round(2)", "|string", "|default('d')", "|trim", "|replace('a', 'bb')", "|indent(4)", "|batch(2)|list", "|map('upper')|list", "|selectattr('role')|list", "|groupby('role')|list", "|unique|list", "|sum", "|min", "|center(200)", "|truncate(3)", "|format(1)", "|wordcount", " is defined", " is none", " is string", " is odd", " in messages",
    ];

    private static readonly string[] s_operators = [" + ", " - ", " * ", " / ", " // ", " % ", " ** ", " ~ ", " == ", " < ", " >= ", " and ", " or ", " in ", " if 1 else ", " is eq "];

    private static readonly string[] s_statements =
    [
        "{% if @ %}x{% elif @ %}y{% else %}z{% endif %}", "{% for x in @ %}{{ x }}{{ loop.last }}{% else %}none{% endfor %}", "{% for x in @ recursive %}{{ loop(x) }}{% endfor %}", "{% set v = @ %}{{ v }}", "{% set v %}@{% endset %}{{ v|length }}",
        "{% macro m(a, b=@) %}{{ a }}{{ b }}{% endmacro %}{{ m(@) }}", "{% macro r(n) %}{{ r(n) }}{% endmacro %}{{ r(1) }}", "{% call(x) m(@) %}{{ x }}{% endcall %}", "{% filter upper %}{{ @ }}{% endfilter %}", "{% generation %}{{ @ }}{% endgeneration %}", "{% raw %}{{ @ }}{% endraw %}", "{{ @ }}", "{{- @ -}}", "{# @ #}",
        "{% for x in range(1000) %}{% for y in range(1000) %}{{ @ }}{% endfor %}{% endfor %}", "{% break %}", "{% include 'x' %}", "{% set ns.x = @ %}",
    ];

    public string Name => "templates";

    public string Description => "parses a chat template and renders a short conversation with it";

    public byte[] Make(FuzzDice dice)
    {
        var text = new StringBuilder();
        if (dice.Chance(0.25)) text.Append(Sound);
        for (var count = dice.Below(4); count > 0; count--) text.Append(Statement(dice, 2)).Append(dice.Pick("", " ", "\n", "text\n", "  \n  "));
        for (var changes = dice.Chance(0.5) ? dice.Below(3) : 0; changes > 0 && text.Length > 0; changes--)
        {
            var at = dice.Below(text.Length);
            if (dice.Chance(0.5)) text[at] = dice.Pick('{', '}', '%', '|', '\'', '(', ')', '[', ' ', '\n', '\0', 'x', '1', '-', '\ud83d');
            else text.Remove(at, Math.Min(text.Length - at, 1 + dice.Below(6)));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public void Use(FuzzInput input)
    {
        var limits = new ChatTemplateLimits { MaxSteps = 20_000, MaxWork = 1 << 22, MaxOutputLength = 1 << 20 };
        ChatTemplate.Parse(Encoding.UTF8.GetString(input.Bytes), limits).Render(new ChatTemplateInput
        {
            Messages = [new ChatMessage("user", "Hi {{ x }} 😀"), new ChatMessage("assistant"), new ChatMessage("user", " b ")],
            AddGenerationPrompt = input.Length % 2 == 0,
            TrackContent = input.Length % 3 == 0,
        });
    }

    public FuzzStage StageOf(TesseraException refusal) => refusal is MalformedInputException or UnsupportedFeatureException ? FuzzStage.Header : FuzzStage.Data;

    private static string Statement(FuzzDice dice, int depth)
    {
        var statement = dice.Pick<string>(s_statements);
        for (var hole = statement.IndexOf('@', StringComparison.Ordinal); hole >= 0; hole = statement.IndexOf('@', StringComparison.Ordinal))
            statement = statement[..hole] + Expression(dice, depth) + statement[(hole + 1)..];
        return statement;
    }

    private static string Expression(FuzzDice dice, int depth) => dice.Below(depth > 0 ? 4 : 2) switch
    {
        0 => dice.Pick<string>(s_atoms) + dice.Pick<string>(s_postfixes),
        1 => dice.Pick<string>(s_atoms) + dice.Pick<string>(s_postfixes) + dice.Pick<string>(s_postfixes),
        2 => Expression(dice, depth - 1) + dice.Pick<string>(s_operators) + Expression(dice, depth - 1),
        _ => $"({Expression(dice, depth - 1)}){dice.Pick<string>(s_postfixes)}",
    };
}
