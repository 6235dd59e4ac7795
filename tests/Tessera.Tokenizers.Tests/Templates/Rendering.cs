using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Tokenizers.Tests.Templates;

/// <summary>Short ways to render a template in a test.</summary>
internal static class Rendering
{
    public static TimeProvider Clock { get; } = new FixedClock();

    public static string Text(string template, string? variables = null) => ChatTemplate.Parse(template).Show(Input(variables)).Text;

    public static RenderedChat Show(this ChatTemplate template, ChatTemplateInput input) => template.Render(input, TestContext.Current.CancellationToken);

    public static RenderedChat ShowDerived(this ChatTemplate template, ChatTemplateInput input) =>
        template.RenderWithDerivedAssistantRanges(input, TestContext.Current.CancellationToken);

    public static TemplateException Failure(string template, string? variables = null) =>
        Should.Throw<TemplateException>(() => Text(template, variables));

    public static ChatTemplateInput Input(string? variables = null) => new()
    {
        Clock = Clock,
        Variables = variables is null
            ? new Dictionary<string, JsonElement>()
            : JsonElement.Parse(variables).EnumerateObject().ToDictionary(p => p.Name, p => p.Value),
    };

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}
