namespace Tessera.Tokenizers.Tests.Templates;

public sealed class FilterTests
{
    [Theory]
    [InlineData("{{ {'b':1,'a':[]}|tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": []\n}")]
    [InlineData("{{ {1:2}|tojson }} {{ '<é\\u007f\\u2028/'|tojson }}", "{\"1\": 2} \"<é\u007f\u2028/\"")]
    [InlineData("{{ {'b':1,'a':2}|tojson(sort_keys=true) }} {{ 'é'|tojson(ensure_ascii=true) }} {{ [1,2]|tojson(separators=(',',':')) }}", "{\"a\": 2, \"b\": 1} \"\\u00e9\" [1,2]")]
    [InlineData("{{ \"don't\"|title }} {{ \"don't\".title() }} {{ 'ß'|upper }} {{ 'İ'|lower|length }} {{ 'ǆ'.title() }}", "Don't Don'T SS 2 ǅ")]
    [InlineData("{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}", "a\n    b\n\n    c|  a\n  b")]
    [InlineData("{{ 'a</think>\\n\\nb'.split('</think>')[-1].lstrip('\\n') }}", "b")]
    [InlineData("{{ ' a b  c '.split() }} {{ 'a,,b'.split(',') }} {{ ' a b '.split(none, 1) }}", "['a', 'b', 'c'] ['a', '', 'b'] ['a', 'b ']")]
    [InlineData("{{ [{'a':1},{}]|map(attribute='a', default='z')|list }} {{ [1,2,3]|select('odd')|list }} {{ [{'r':'u'}]|selectattr('r','equalto','u')|list|length }}", "[1, 'z'] [1, 3] 1")]
    [InlineData("{{ ['b','A','c']|sort }} {{ [1,2,2]|unique|list }} {{ {'b':1,'a':2}|dictsort }}", "['A', 'b', 'c'] [1, 2] [('a', 2), ('b', 1)]")]
    [InlineData("{{ '42'|int }} {{ 'x'|int(7) }} {{ '3.7'|int }} {{ 2.5|round }} {{ 2.675|round(2) }} {{ 1234|round(-2) }}", "42 7 3 2.0 2.67 1200")]
    [InlineData("{{ ' \\u00a0x\\u200b\\u001f '|trim|length }} {{ 'xyx'|trim('x') }}", "2 y")]
    [InlineData("{{ strftime_now('%d %b %Y, %A %j %p %%') }}", "02 Jan 2025, Thursday 002 AM %")]
    [InlineData("{{ [{'t':'a'},{'t':'b'},{'t':'A'}]|groupby('t')|map(attribute='list')|map('length')|list }}", "[2, 1]")]
    public void FiltersAndMethodsGiveWhatPythonGives(string template, string expected) => Rendering.Text(template).ShouldBe(expected);

    [Theory]
    [InlineData("{{ none is none }}{{ true is number }}{{ true is integer }}{{ 'a' is iterable }}{{ {} is sequence }}{{ x is undefined }}", "TrueTrueFalseTrueTrueTrue")]
    [InlineData("{{ 6 is divisibleby 3 }}{{ 'a' is in ['a'] }}{{ 3 is odd }}{{ range is callable }}{{ {} is mapping }}{{ 1 is sameas true }}", "TrueTrueTrueTrueTrueFalse")]
    public void TestsAnswerAsInJinja(string template, string expected) => Rendering.Text(template).ShouldBe(expected);

    [Fact]
    public void JsonKeepsIntegersOrderAndTheLastOfEqualKeys() =>
        Rendering.Text("{{ v|tojson }} {{ v }}", """{"v": {"z": 1, "a": 1.0, "z": 123456789012345678901234567890}}""")
            .ShouldBe("{\"z\": 123456789012345678901234567890, \"a\": 1.0} {'z': 123456789012345678901234567890, 'a': 1.0}");
}
