using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

public sealed class CapabilityTests
{
    private const string Strict =
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% for m in messages %}<{{ m.role }}>{{ '' + m.content }}{% for t in m.tool_calls or [] %}{{ '[' + t.function.arguments + ']' }}{% endfor %}{% endfor %}";

    private const string Parts =
        "{% for m in messages %}<{{ m.role }}>{% for p in m.content %}{{ p.text }}{% endfor %}{% for t in m.tool_calls or [] %}{{ t.function.arguments|tojson }}{% endfor %}{% endfor %}{{ tools|tojson if tools }}";

    [Fact]
    public void WhatATemplateTakesIsFoundOut()
    {
        var strict = ChatTemplate.Parse(Strict).Capabilities;
        (strict.AcceptsText, strict.AcceptsParts, strict.AcceptsSystem, strict.AcceptsTools).ShouldBe((true, false, false, false));
        (strict.AcceptsArgumentObjects, strict.AcceptsArgumentText, strict.AcceptsMissingContent).ShouldBe((false, true, false));
        var parts = ChatTemplate.Parse(Parts).Capabilities;
        (parts.AcceptsText, parts.AcceptsParts, parts.AcceptsSystem, parts.AcceptsTools).ShouldBe((false, true, true, true));
        (parts.AcceptsArgumentObjects, parts.AcceptsArgumentText).ShouldBe((true, false));
    }

    [Fact]
    public void AConversationIsFittedToATemplateThatWantsText() => ChatTemplate.Parse(Strict).Show(new ChatTemplateInput
    {
        Messages =
        [
            new("system", "S"),
            new("user", "U"),
            new ChatMessage("assistant") { ToolCalls = [new ChatToolCall("f", JsonElement.Parse("""{"a": 1}"""))] },
            new ChatMessage("user") { Parts = [ChatContentPart.OfText("x"), ChatContentPart.OfText("y")] },
        ],
        Adapt = true,
    }).Text.ShouldBe("<user>S\n\nU<assistant>[{\"a\": 1}]<user>xy");

    [Fact]
    public void AConversationIsFittedToATemplateThatWantsParts() => ChatTemplate.Parse(Parts).Show(new ChatTemplateInput
    {
        Messages = [new("user", "U"), new ChatMessage("assistant", "") { ToolCalls = [new ChatToolCall("f", JsonElement.Parse("\"{\\\"a\\\": 1}\""))] }],
        Adapt = true,
    }).Text.ShouldBe("<user>U<assistant>{\"a\": 1}");

    [Fact]
    public void WithoutBeingAskedTheTemplateGetsWhatWasGiven() =>
        Should.Throw<TemplateException>(() => ChatTemplate.Parse(Strict).Show(new ChatTemplateInput { Messages = [new("system", "S"), new("user", "U")] })).Message.ShouldBe("no system");
}
