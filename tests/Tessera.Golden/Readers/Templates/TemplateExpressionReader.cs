using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>Small templates, one a case, over the variables of the file: operators, filters, tests, statements, white space.</summary>
internal sealed class TemplateExpressionReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => file.Method == "jinja-chat-templates" && @case.Has("input")
        && @case.Input.Find("template") is { Kind: JsonValueKind.String } && !@case.Input.Has("conversation")
        && (@case.Expected.Has("text") || @case.Expected.Has("error"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var variables = TemplateChecks.Variables(@case.File.Root.Find("variables"));
        foreach (var (name, value) in TemplateChecks.Variables(@case.Input.Find("variables")))
            variables[name] = value;
        var input = new ChatTemplateInput { Variables = variables, SpecialTokens = TemplateChecks.SpecialTokens(@case), Clock = TemplateChecks.Clock(@case.File) };
        var template = @case.Input["template"].AsString();
        TemplateChecks.Compare(@case, check, () => ChatTemplate.Parse(template).Render(input, cancellationToken));
    }
}
