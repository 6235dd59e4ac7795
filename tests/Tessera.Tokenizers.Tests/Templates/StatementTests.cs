namespace Tessera.Tokenizers.Tests.Templates;

public sealed class StatementTests
{
    [Theory]
    [InlineData("{% set f = 1 %}{% if true %}{% set f = 2 %}{% endif %}{{ f }}{% for i in [1] %}{% set f = 3 %}{{ f }}{% endfor %}{{ f }}", "232")]
    [InlineData("{% for i in [1,2] %}{{ x }}{% set x = i %}{% endfor %}{{ x }}", "")]
    [InlineData("{% set ns = namespace(a=1) %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}", "4")]
    [InlineData("{% for a in [1,2,3,4] if a % 2 == 0 %}{{ loop.index }}:{{ a }}:{{ loop.length }} {% endfor %}", "1:2:2 2:4:2 ")]
    [InlineData("{% for i in [] %}x{% else %}e{% endfor %}{% for i in range(9) %}{% if i > 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "e012")]
    [InlineData("{% for n in [{'v':1,'c':[{'v':2,'c':[]}]}] recursive %}{{ n.v }}d{{ loop.depth }}{{ loop(n.c) }}{% endfor %}", "1d12d2")]
    [InlineData("{% macro m(a, b=2) %}[{{ a }},{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}{{ m() }}", "[1,2][1,3][,2]")]
    [InlineData("{% macro m() %}{{ g }}{% endmacro %}{% set g = 'G' %}{{ m() }}", "G")]
    [InlineData("{% macro o() %}<{{ caller(1) }}>{% endmacro %}{% call(a) o() %}in{{ a }}{% endcall %}", "<in1>")]
    [InlineData("{% set x %}a{{ 1 }}b{% endset %}{{ x|length }}{% filter upper %}abc{% endfilter %}", "3ABC")]
    [InlineData("{% set a, b = 1, 2 %}{% for k, (v, w) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ k }}{{ v }}{{ w }}{% endfor %}", "12123")]
    [InlineData("{% for x in [1,2,3] %}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.revindex }}{{ loop.last }};{% endfor %}", "23False;132False;21True;")]
    [InlineData("{% with a = 1 %}{{ a }}{% endwith %}{{ a }}{% block b %}x{% endblock %}", "1x")]
    public void ScopesAndLoopsBehaveAsInJinja(string template, string expected) =>
        Rendering.Text(template).ShouldBe(expected);

    [Fact]
    public void TheConditionOfALoopIsAskedItemByItem() =>
        Rendering.Text("{% set ns = namespace(n=0) %}{% for x in [1,2,3] if ns.n < 2 %}{% set ns.n = ns.n + 1 %}{{ x }}{% endfor %}").ShouldBe("12");

    [Fact]
    public void AMacroKeepsTheScopeOfItsIteration() =>
        Rendering.Text("{% set ns = namespace(f=none) %}{% for x in [1,2] %}{% if loop.first %}{% macro m() %}{{ x }}{% endmacro %}{% set ns.f = m %}{% endif %}{% endfor %}{{ ns.f() }}")
            .ShouldBe("1");

    [Fact]
    public void ALazyFilterIsUsedUpByTheFirstLoop() =>
        Rendering.Text("{% set g = [1,2]|map('string') %}{{ g|join }}|{{ g|join }}|{{ 'y' if g else 'n' }}").ShouldBe("12||y");
}
