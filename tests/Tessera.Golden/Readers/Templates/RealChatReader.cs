using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>A real model's own chat template over conversations. The text; the ids belong to the reader of its tokenizer.</summary>
internal sealed class RealChatReader : IGoldenReader
{
    private const string TemplateFile = "chat_template.jinja";

    private const string ConfigurationFile = "tokenizer_config.json";

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Root.Find("model") is { Kind: JsonValueKind.String }
        && @case.Has("input") && @case.Input.Find("messages") is { Kind: JsonValueKind.Array }
        && !@case.Input.Has("max_new_tokens") // there the text is the model's answer
        && (@case.Expected.Has("text") || @case.Expected.Has("error"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var folder = @case.File.Directory.RealModel(@case.File.Root["model"].AsString());
        var path = Path.Combine(folder, TemplateFile);
        if (!File.Exists(path)) throw new NotCoveredException($"the model has no {TemplateFile}");
        var template = ChatTemplate.Parse(File.ReadAllText(path));
        var input = new ChatTemplateInput
        {
            MessagesJson = @case.Input["messages"].Element,
            Tools = @case.Input.Find("tools") is { Kind: JsonValueKind.Array } tools ? tools.Element : null,
            SpecialTokens = SpecialTokens(Path.Combine(folder, ConfigurationFile)),
            AddGenerationPrompt = TemplateChecks.Flag(@case.Input, "add_generation_prompt"),
            ContinueFinalMessage = TemplateChecks.Flag(@case.Input, "continue_final_message"),
        };
        if (@case.Expected.Find("error") is { } error)
        {
            // The reference's call drops null content before rendering, so that its class of error is another.
            check.Refused(error.Path, error.AsString(), () => template.Render(input, cancellationToken));
            @case.Expected.Find("error_text")?.Waive("the wording is the reference's own");
            return;
        }

        check.Equal(@case.Expected["text"], template.Render(input, cancellationToken).Text);
    }

    private static Dictionary<string, string> SpecialTokens(string path)
    {
        if (!File.Exists(path)) return [];
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.EnumerateObject()
            .Where(static p => p.Name.EndsWith("_token", StringComparison.Ordinal) && p.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(static p => p.Name, static p => p.Value.GetString()!);
    }
}
