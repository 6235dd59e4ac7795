namespace Tessera.Tokenizers.Tests.Templates;

public sealed class WhitespaceTests
{
    [Theory]
    [InlineData("a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc")]
    [InlineData("{{ 'x' }}\ny", "x\ny")]
    [InlineData("q {% if true %}\n  x\n  {% endif %}\n", "q   x\n")]
    [InlineData("{% if 1 %}a{% endif %}  {% if 1 %}b{% endif %}", "a  b")]
    [InlineData("a{%- if 1 %}\n\n b{% endif %}", "a\n b")]
    [InlineData("x  \n{{- 'y' }}\n{#- c #}\nz", "xyz")]
    [InlineData("{% for m in [1,2] %}\n{{ m }}\n{% endfor %}\nend", "1\n2\nend")]
    [InlineData("  {# c #}\n  x", "  x")]
    [InlineData("  {%+ if true +%}\nx{% endif %}", "  \nx")]
    [InlineData("a\r\nb\rc\r\n", "a\nb\nc")]
    [InlineData("{% raw %}{{ x }} {% if %}{% endraw %}", "{{ x }} {% if %}")]
    [InlineData("{{ {'a': {}}}}", "{'a': {}}")]
    public void TagsTakeTheWhitespaceThatJinjaTakes(string template, string expected) => Rendering.Text(template).ShouldBe(expected);
}
