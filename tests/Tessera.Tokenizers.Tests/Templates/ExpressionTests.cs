using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("{{ 2**3**2 }} {{ -2**2 }} {{ 1 ~ 2 * 3 }}", "64 4 16")]
    [InlineData("{{ 'a' + 'b' ~ 1 }}", "ab1")]
    [InlineData("{{ 1,2 }} {{ (1,) }} {{ () }}", "(1, 2) (1,) ()")]
    [InlineData("{{ -3|abs }} {{ not x is defined }} {{ 1 < 2 < 3 }}", "3 True True")]
    [InlineData("{{ 7 // -2 }} {{ -7 % 3 }} {{ 3 / 1 }} {{ 7.5 // 2 }} {{ 2 ** -1 }}", "-4 2 3.0 3.0 0.5")]
    [InlineData("{{ 2 ** 64 }} {{ 9223372036854775807 + 1 }} {{ 10 ** 20 // 3 }}", "18446744073709551616 9223372036854775808 33333333333333333333")]
    [InlineData("{{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 1.0 }} {{ -0.0 }} {{ 5e-324 }}", "1e+16 1e-05 0.30000000000000004 1.0 -0.0 5e-324")]
    [InlineData("{{ 1 == true }} {{ 1 == 1.0 }} {{ [] == () }} {{ 9007199254740993 == 9007199254740992.0 }}", "True True False False")]
    [InlineData("{{ 'héé😀x'[3] }} {{ 'abc'[::-1] }} {{ 'abcdef'[4:1:-1] }} {{ [1,2,3][-1] }}", "😀 cba edc 3")]
    [InlineData("{{ [\"don't\", 'b', '\\n\\\\', 'é\\u200b'] }}", "[\"don't\", 'b', '\\n\\\\', 'é\\u200b']")]
    [InlineData("{{ 'yes' if false }}|{{ 0 or 'a' }}|{{ 1 and 'b' }}", "|a|b")]
    [InlineData("{{ {'items': 5}['items'] }} {{ {'items': 5}.items()|list }}", "5 [('items', 5)]")]
    [InlineData("{{ 'a\\x41\\u00e9\\q' 'b' }}", "aAé\\qb")]
    [InlineData("{{ '%s=%05.2f' % ('a', 3.14159) }} {{ '{0:>4}|{name}'.format('a', name='b') }}", "a=03.14    a|b")]
    [InlineData("{{ ('<b>'|e) + '<c>' }} {{ '<b>'|e ~ '<c>' }}", "&lt;b&gt;&lt;c&gt; &lt;b&gt;<c>")]
    public void ValuesAreThoseOfPython(string template, string expected) => Rendering.Text(template).ShouldBe(expected);

    [Theory]
    [InlineData("{{ a.b.c is defined }}", TemplateErrorKind.Undefined)]
    [InlineData("{{ undefd + 1 }}", TemplateErrorKind.Undefined)]
    [InlineData("{{ 'a' + 1 }}", TemplateErrorKind.Type)]
    [InlineData("{{ none + 'a' }}", TemplateErrorKind.Type)]
    [InlineData("{{ 1 < 'a' }}", TemplateErrorKind.Type)]
    [InlineData("{{ 1 / 0 }}", TemplateErrorKind.Arithmetic)]
    [InlineData("{{ range(10**9) }}", TemplateErrorKind.Arithmetic)]
    [InlineData("{{ [1].append(2) }}", TemplateErrorKind.Security)]
    [InlineData("{{ {}.update({}) }}", TemplateErrorKind.Security)]
    [InlineData("{{ ''.__class__.__mro__ }}", TemplateErrorKind.Security)]
    [InlineData("{{ namespace(_x=1) }}", TemplateErrorKind.Security)]
    [InlineData("{{ 'abc'.index('z') }}", TemplateErrorKind.Value)]
    public void WhatPythonRefusesIsATypedError(string template, TemplateErrorKind kind)
    {
        var error = Rendering.Failure(template);
        error.Kind.ShouldBe(kind);
        error.Line.ShouldBe(1);
        error.Message.ShouldStartWith("chat template: line 1, column ");
    }

    [Fact]
    public void AnErrorNamesTheLineAndColumnOfWhatFailed()
    {
        var error = Rendering.Failure("a\n{% if true %}\n  {{ 1 + 'a' }}\n{% endif %}");
        (error.Line, error.Column).ShouldBe((3, 6));
    }

    [Fact]
    public void UndefinedPrintsNothingAndIteratesOverNothing() =>
        Rendering.Text("{{ u }}|{{ u|length }}|{% for x in u %}x{% endfor %}|{{ 'a' in u }}|{{ u ~ 'z' }}|{{ u|default('d') }}|{{ [u]|tojson if false }}")
            .ShouldBe("|0||False|z|d|");
}
