using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

public sealed class ChatTemplateTests
{
    private const string ChatMl =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private const string Marked =
        "{% for m in messages %}{% if m.role == 'assistant' %}<a>{% generation %}{{ m.content }}</s>{% endgeneration %}{% else %}<u>{{ m.content }}{% endif %}{% endfor %}";

    [Fact]
    public void AConversationBecomesThePromptOfItsModel() => ChatTemplate.Parse(ChatMl)
        .Show(new ChatTemplateInput { Messages = [new("system", "S"), new("user", "U1 ")], AddGenerationPrompt = true }).Text
        .ShouldBe("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1 <|im_end|>\n<|im_start|>assistant\n");

    [Fact]
    public void ATemplateIsParsedOnce() => ChatTemplate.Parse(ChatMl).ShouldBeSameAs(ChatTemplate.Parse(new string(ChatMl)));

    [Fact]
    public void RecordsAndJsonGiveTheSame()
    {
        var template = ChatTemplate.Parse("{{ messages|tojson }}");
        var records = template.Show(new ChatTemplateInput
        {
            Messages =
            [
                new ChatMessage("user") { Parts = [ChatContentPart.OfText("a"), new ChatContentPart("image")] },
                new ChatMessage("assistant") { ToolCalls = [new ChatToolCall("f", JsonElement.Parse("""{"x": 1.0}"""), "id1")], ReasoningContent = "r" },
                new ChatMessage("tool", "5") { Name = "f", ToolCallId = "id1" },
            ],
        }).Text;
        records.ShouldBe(
            """[{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}]}, {"role": "assistant", "content": null, "reasoning_content": "r", "tool_calls": [{"id": "id1", "type": "function", "function": {"name": "f", "arguments": {"x": 1.0}}}], "thinking": "r"}, {"role": "tool", "content": "5", "name": "f", "tool_call_id": "id1"}]""");
        template.Show(new ChatTemplateInput { MessagesJson = JsonElement.Parse(records) }).Text.ShouldBe(records);
    }

    [Fact]
    public void ReasoningIsFoundUnderEachOfItsNames() => ChatTemplate.Parse("{% for m in messages %}{{ m.reasoning_content }}{{ m.thinking }};{% endfor %}")
        .Show(new ChatTemplateInput { MessagesJson = JsonElement.Parse("""[{"reasoning": "a"}, {"thinking": "b"}, {"reasoning_content": null, "reasoning": "c", "thinking": null}]""") }).Text
        .ShouldBe("aa;bb;cNone;");

    [Fact]
    public void ToolsAndDocumentsAreNoneAndTokensUndefinedWhenAbsent() =>
        Rendering.Text("{{ tools is none }}{{ documents is none }}{{ bos_token is defined }}{{ add_generation_prompt }}").ShouldBe("TrueTrueFalseFalse");

    [Fact]
    public void GenerationBlocksAreCountedInCodePoints()
    {
        var template = ChatTemplate.Parse(Marked);
        template.HasGenerationBlocks.ShouldBeTrue();
        var chat = template.Show(new ChatTemplateInput { Messages = [new("user", "😀😀"), new("assistant", "né😀")] });
        chat.Text.ShouldBe("<u>😀😀<a>né😀</s>");
        chat.AssistantRanges.ShouldBe([(8, 15)]);
    }

    [Fact]
    public void AGenerationBlockInsideOfAMacroKnowsItsPlace() => ChatTemplate.Parse("ab{% macro m() %}cd{% generation %}ef{% endgeneration %}{% endmacro %}{{ m() }}")
        .Show(new ChatTemplateInput()).AssistantRanges.ShouldBe([(4, 6)]);

    [Fact]
    public void AssistantRangesAreDerivedFromPrefixes()
    {
        var chat = ChatTemplate.Parse(ChatMl).ShowDerived(new ChatTemplateInput { Messages = [new("user", "q"), new("assistant", "a"), new("user", "r"), new("assistant", "b")] });
        chat.AssistantRanges.Select(r => chat.Text[r.Start..r.End]).ShouldBe(["a<|im_end|>\n", "b<|im_end|>\n"]);
        var cutting = ChatTemplate.Parse("{{ messages|length }}{{ messages[-1].content }}");
        Should.Throw<TemplateException>(() => cutting.ShowDerived(new ChatTemplateInput { Messages = [new("user", "q"), new("assistant", "a")] }));
    }

    [Fact]
    public void TheMaskCoversTokensFromTheFirstCharacterToTheLast()
    {
        var mask = new bool[5];
        AssistantMask.Fill([(0, 2), (2, 4), (4, 4), (4, 6), (6, 9)], [(3, 6), (20, 22)], mask);
        mask.ShouldBe([false, true, true, true, false]);
        AssistantMask.Fill([(0, 2), (2, 4)], [(3, 9)], mask.AsSpan(0, 2));
        mask[..2].ShouldBe([false, true]);
    }

    [Theory]
    [InlineData("Hello ", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello ")]
    [InlineData("", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    public void TheFinalMessageCanBeContinued(string begun, string expected) => ChatTemplate.Parse(ChatMl)
        .Show(new ChatTemplateInput { Messages = [new("user", "Hi"), new("assistant", begun)], ContinueFinalMessage = true }).Text.ShouldBe(expected);

    [Fact]
    public void ATrimmedFinalMessageLosesItsSpaceWhenContinued() => ChatTemplate.Parse("{{ messages[0].content|trim }}</s>")
        .Show(new ChatTemplateInput { Messages = [new("assistant", "Hello ")], ContinueFinalMessage = true }).Text.ShouldBe("Hello");

    [Fact]
    public void WhatCannotBeContinuedIsAnError()
    {
        var template = ChatTemplate.Parse(ChatMl);
        Should.Throw<ArgumentException>(() => template.Show(new ChatTemplateInput { AddGenerationPrompt = true, ContinueFinalMessage = true }));
        Should.Throw<TemplateException>(() => template.Show(new ChatTemplateInput { Messages = [new("assistant")], ContinueFinalMessage = true }));
        Should.Throw<TemplateException>(() => ChatTemplate.Parse("x").Show(new ChatTemplateInput { Messages = [new("assistant", "a")], ContinueFinalMessage = true }));
    }

    [Fact]
    public void TemplatesAreChosenByName()
    {
        var set = ChatTemplateSet.FromJson(JsonElement.Parse("""[{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}]"""));
        set.Select().Text.ShouldBe("d");
        set.Select(hasTools: true).Text.ShouldBe("t");
        set.Select(hasTools: true, name: "default").Text.ShouldBe("d");
        Should.Throw<ArgumentException>(() => set.Select(name: "rag"));
        ChatTemplateSet.FromJson(JsonElement.Parse("\"one\"")).Select(hasTools: true).Text.ShouldBe("one");
        Should.Throw<MalformedInputException>(() => ChatTemplateSet.FromJson(JsonElement.Parse("[{}]")));
    }

    [Fact]
    public void HalfASurrogatePairInMessagesIsMalformed() => Should.Throw<MalformedInputException>(() =>
        ChatTemplate.Parse(ChatMl).Show(new ChatTemplateInput { MessagesJson = JsonElement.Parse("""[{"role": "user", "content": "\ud800"}]""") }));
}
