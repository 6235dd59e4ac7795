using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>Named templates over named conversations: the file holds both, a case names one of each and adds variables.</summary>
internal sealed class TemplateFamilyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Root.Has("templates") && file.Root.Has("conversations")
        && @case.Has("input") && @case.Input.Has("template") && @case.Input.Has("conversation")
        && (@case.Expected.Has("text") || @case.Expected.Has("error"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = Input(@case);
        var template = @case.File.Root["templates"][@case.Input["template"].AsString()].AsString();
        TemplateChecks.Compare(@case, check, () => ChatTemplate.Parse(template).Render(input, cancellationToken));
        if (!@case.Expected.Has("error"))
        {
            // Following origins must not change a character.
            var tracked = ChatTemplate.Parse(template).Render(input with { TrackContent = true }, cancellationToken);
            check.Equal(@case.Expected["text"], tracked.Text);
        }
    }

    /// <summary>The input of a case.</summary>
    public static ChatTemplateInput Input(GoldenCase @case)
    {
        var root = @case.File.Root;
        var variables = TemplateChecks.Variables(@case.Input.Find("variables"));
        JsonElement? Take(string name)
        {
            if (!variables.Remove(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            return value.ValueKind == JsonValueKind.String && value.GetString()!.StartsWith('@') ? root[value.GetString()![1..]].Element : value;
        }

        var (tools, documents) = (Take("tools"), Take("documents"));
        return new ChatTemplateInput
        {
            MessagesJson = root["conversations"][@case.Input["conversation"].AsString()].Element,
            Tools = tools,
            Documents = documents,
            Variables = variables,
            SpecialTokens = TemplateChecks.SpecialTokens(@case),
            AddGenerationPrompt = TemplateChecks.Flag(@case.Input, "add_generation_prompt"),
            ContinueFinalMessage = TemplateChecks.Flag(@case.Input, "continue_final_message"),
            Clock = TemplateChecks.Clock(@case.File),
        };
    }
}
