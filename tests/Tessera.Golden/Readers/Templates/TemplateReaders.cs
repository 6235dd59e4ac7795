namespace Tessera.Golden;

/// <summary>The readers of chat templates: texts, ranges and refusals. Ids are the tokenizers' business.</summary>
internal static class TemplateReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
        [new TemplateFamilyReader(), new TemplateExpressionReader(), new HostileTemplateReader(), new RealChatReader(), new ChatIdsReader()];
}
