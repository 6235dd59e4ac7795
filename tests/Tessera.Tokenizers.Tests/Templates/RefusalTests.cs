using System.Text;
using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("{% if %}x{% endif %}", "line 1, column 7")]
    [InlineData("a\n {% if true %}x", "line 2, column 16")]
    [InlineData("{{ 'x'", "line 1, column 7")]
    [InlineData("{{ 'x }}", "line 1, column 4")]
    [InlineData("{% unknown %}", "line 1, column 4")]
    [InlineData("{% endif %}", "line 1, column 4")]
    [InlineData("{# open", "line 1, column 1")]
    [InlineData("{{ (1] }}", "line 1, column 6")]
    [InlineData("{% break %}", "line 1, column 4")]
    [InlineData("{% do 1 %}", "line 1, column 4")]
    [InlineData("{% set true = 1 %}", "line 1, column 8")]
    public void ASyntaxErrorNamesLineAndColumn(string template, string place)
    {
        var error = Should.Throw<MalformedInputException>(() => ChatTemplate.Parse(template));
        error.File.ShouldBe("chat template");
        error.Place.ShouldBe(place);
    }

    [Fact]
    public void AnUnclosedBlockIsNamed() =>
        Should.Throw<MalformedInputException>(() => ChatTemplate.Parse("{% for x in y %}{% if x %}a{% endfor %}")).Reason
            .ShouldContain("The innermost block that needs to be closed is 'if'");

    [Theory]
    [InlineData("{{ x|nofilter }}", "filter 'nofilter' (line 1, column 6)")]
    [InlineData("{{ x is notest }}", "test 'notest' (line 1, column 9)")]
    [InlineData("{% include 'x' %}", "tag 'include' (line 1, column 4)")]
    [InlineData("{% import 'x' as y %}", "tag 'import' (line 1, column 4)")]
    [InlineData("{% extends 'x' %}", "tag 'extends' (line 1, column 4)")]
    public void WhatDoesNotExistHereIsRefusedWhenParsing(string template, string feature) =>
        Should.Throw<UnsupportedFeatureException>(() => ChatTemplate.Parse(template)).Feature.ShouldBe(feature);

    [Fact]
    public void DoIsAcceptedWhenAskedFor() =>
        ChatTemplate.Parse("{% do [1]|list %}x", acceptsDo: true).Show(new ChatTemplateInput()).Text.ShouldBe("x");

    [Fact]
    public void TheTemplatesOwnErrorComesOutWordForWord()
    {
        var error = Rendering.Failure("{{ raise_exception('Roles must alternate ' ~ 1) }}");
        error.Kind.ShouldBe(TemplateErrorKind.Raised);
        error.Message.ShouldBe("Roles must alternate 1");
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}")]
    [InlineData("{{ ([0] * 10**9)|length }}")]
    [InlineData("{{ 9**9**9**9**9**9 }}")]
    [InlineData("{{ 'a'|center(10**10) }}")]
    [InlineData("{{ ('a\\n' * 1000000)|indent(1000000)|length }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '{:>1000000000}'.format(1) }}")]
    [InlineData("{% set s = 'ab' * 4000000 %}{% for i in range(99999) %}{% set t = s ~ i %}{% endfor %}")]
    [InlineData("{% set s = 'ab' * 4000000 %}{% for i in range(99999) %}{% if s == s[:-1] ~ 'c' %}{% endif %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% set ns.x = ns %}{{ ns }}")]
    [InlineData("{% for i in range(99999) %}{% for c in range(99999) %}{% break %}{% endfor %}{% endfor %}")]
    public void WhatWouldNeverEndOrFillTheMemoryIsStopped(string template) =>
        Should.Throw<ResourceLimitException>(() => Rendering.Text(template));

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("", "{% if 1 %}", "", "{% endif %}", "")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "- ", "1", "", " }}")]
    [InlineData("{{ ", "[", "", "]", " }}")]
    [InlineData("{{ x", ".a", "", "", " }}")]
    [InlineData("{{ x", "|e", "", "", " }}")]
    [InlineData("{{ 1 ", "if 1 else 1 ", "", "", " }}")]
    public void DeepNestingIsRefusedWhenParsing(string start, string open, string middle, string close, string end)
    {
        var template = new StringBuilder(start).Insert(start.Length, open, 3000).Append(middle);
        template.Insert(template.Length, close, 3000).Append(end);
        Should.Throw<ResourceLimitException>(() => ChatTemplate.Parse(template.ToString()));
    }

    [Fact]
    public void LongChainsOfOperatorsNeedNoDepth()
    {
        var template = new StringBuilder("{{ 1").Insert(4, " + 1", 5000).Append(" }}").ToString();
        Rendering.Text(template).ShouldBe("5001");
    }

    [Fact]
    public void LimitsCanBeTightened()
    {
        var template = ChatTemplate.Parse("{% for i in range(50) %}ab{% endfor %}", new ChatTemplateLimits { MaxOutputLength = 64 });
        Should.Throw<ResourceLimitException>(() => template.Show(new ChatTemplateInput()));
        Should.Throw<ResourceLimitException>(() => ChatTemplate.Parse("0123456789", new ChatTemplateLimits { MaxTemplateLength = 9 }));
    }

    [Fact]
    public void ARenderingCanBeCancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Should.Throw<OperationCanceledException>(() => ChatTemplate.Parse("{% for i in range(99999) %}x{% endfor %}").Render(new ChatTemplateInput(), source.Token));
    }
}
