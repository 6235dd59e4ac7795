using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Output;
using Tessera.Laboratory;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera methods</c>: the published methods that Tessera brings.</summary>
internal sealed class MethodsCommand
{
    private const string Summary = "Lists the published methods that Tessera brings, and the options of each.";

    private const string Details = """
        A method belongs to a stage: what it changes on a token's way. Where an option takes a method's name, the method's own options
        follow after a colon: --sampler top-h:h=0.4, --kv h2o:recent=0.5.

        Examples:
          tessera methods
          tessera methods --stage logits
          tessera methods min-p
          tessera methods --json
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "One method: its paper, what it does, its options with their defaults.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _stage = new("--stage") { Description = $"Lists the methods of one stage: {string.Join(", ", Stages.Select(StageName))}.", HelpName = "STAGE" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes a method a line as JSON: name, stage, paper, arXiv, year, summary, type, options." };

    private MethodsCommand(CommandConsole console) => _console = console;

    private static MethodStage[] Stages => Enum.GetValues<MethodStage>();

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var methods = new MethodsCommand(console);
        var command = new TaughtCommand("methods", Summary, Details) { methods._name, methods._stage, methods._json };
        command.SetAction(methods.Invoke);
        return command;
    }

    private int Invoke(ParseResult result)
    {
        var found = Find(result.GetValue(_name), result.GetValue(_stage));
        if (result.GetValue(_json))
        {
            foreach (var method in found) JsonLine.Write(_console.Output, json => Write(json, method));
        }
        else if (result.GetValue(_name) is not null)
        {
            WritePage(found[0]);
        }
        else
        {
            var table = new ResultTable("method", "stage", "#year", "paper", "arXiv");
            foreach (var method in found) table.Add(method.Name, StageName(method.Stage), Year(method), method.Paper, method.ArXiv);
            table.WriteTo(_console);
        }

        return ExitCode.Success;
    }

    private static List<MethodDescription> Find(string? name, string? stageName)
    {
        if (name is not null && stageName is not null) throw new UsageException("Give a method or a stage, not both.");
        if (name is not null) return [MethodCatalogue.Find(name) ?? throw new UsageException($"There is no method '{name}'.{Nearest(name)}")];
        if (stageName is null) return [.. MethodCatalogue.All];
        foreach (var stage in Stages)
        {
            if (StageName(stage) == stageName) return [.. MethodCatalogue.OfStage(stage)];
        }

        throw new UsageException($"There is no stage '{stageName}'; there are {string.Join(", ", Stages.Select(StageName))}.");
    }

    private void WritePage(MethodDescription method)
    {
        var output = _console.Output;
        output.WriteLine($"{method.Name} ({StageName(method.Stage)})");
        output.WriteLine();
        output.WriteLine(method.Summary);
        output.WriteLine();
        output.WriteLine($"Paper: {method.Paper} ({Year(method)}), {(method.ArXiv.Contains('/', StringComparison.Ordinal) ? "" : "arXiv ")}{method.ArXiv}");
        output.WriteLine($"Type:  {method.Type}");
        output.WriteLine();
        if (method.Options.Count == 0)
        {
            output.WriteLine(method.Factory is null ? "It is set up by its command or in code." : "It has no options.");
            return;
        }

        output.WriteLine("Options:");
        var table = new ResultTable("option", "value", "default", "what it does");
        foreach (var option in method.Options) table.Add(option.Name, option.Kind, option.Default ?? "(required)", option.Summary);
        table.WriteTo(_console);
    }

    private static void Write(Utf8JsonWriter json, MethodDescription method)
    {
        json.WriteString("name", method.Name);
        json.WriteString("stage", StageName(method.Stage));
        json.WriteString("paper", method.Paper);
        json.WriteString("arXiv", method.ArXiv);
        json.WriteNumber("year", method.Year);
        json.WriteString("summary", method.Summary);
        json.WriteString("type", method.Type);
        json.WriteStartArray("options");
        foreach (var option in method.Options)
        {
            json.WriteStartObject();
            json.WriteString("name", option.Name);
            json.WriteString("kind", option.Kind);
            json.WriteString("default", option.Default);
            json.WriteString("summary", option.Summary);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Nearest(string name)
    {
        var near = MethodCatalogue.All.Select(m => m.Name).Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase) || name.Contains(n, StringComparison.OrdinalIgnoreCase)).ToList();
        return near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?" : " See: tessera methods";
    }

    private static string Year(MethodDescription method) => method.Year.ToString(CultureInfo.InvariantCulture);

    private static string StageName(MethodStage stage) => stage == MethodStage.AttentionRule ? "attention-rule" : stage.ToString().ToLowerInvariant();
}
