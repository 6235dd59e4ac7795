using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Insight.Steering;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera steer info</c>: what a steering vector's file holds.</summary>
internal sealed class SteerInfoCommand
{
    private const string Summary = "Shows what a steering vector's file holds.";

    private const string Details = """
        Examples:
          tessera steer info glad.safetensors
          tessera steer info glad.safetensors --json
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _file = new("FILE") { Description = "The file." };
    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object: point, method, modelType, modelWidth, modelLayers, fingerprint, notes, and layers with the norm of each." };

    private SteerInfoCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var info = new SteerInfoCommand(console);
        var command = new TaughtCommand("info", Summary, Details) { info._file, info._json };
        command.SetAction(info.Invoke);
        return command;
    }

    private int Invoke(ParseResult result)
    {
        var vector = SteeringVector.Load(result.GetRequiredValue(_file));
        if (result.GetValue(_json))
        {
            WriteJson(vector);
            return ExitCode.Success;
        }

        var table = new ResultTable("what", "value");
        void Add(string what, string value) => table.Add(what, VisibleText.ForTerminal(value));
        Add("method", vector.Method);
        Add("point", vector.Point.ToString());
        Add("model", string.Create(CultureInfo.InvariantCulture, $"{vector.ModelType}, {vector.ModelLayers} layers of width {vector.ModelWidth}, fingerprint {vector.Fingerprint}"));
        for (var i = 0; i < vector.Layers.Count; i++) Add(string.Create(CultureInfo.InvariantCulture, $"layer {vector.Layers[i]}"), string.Create(CultureInfo.InvariantCulture, $"length {vector.Norm(i):F4}"));
        foreach (var (name, value) in vector.Notes.OrderBy(static n => n.Key, StringComparer.Ordinal)) Add(name.Replace('_', ' '), value);
        table.WriteTo(_console);
        return ExitCode.Success;
    }

    private void WriteJson(SteeringVector vector) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteString("point", vector.Point.ToString());
        json.WriteString("method", vector.Method);
        json.WriteString("modelType", vector.ModelType);
        json.WriteNumber("modelWidth", vector.ModelWidth);
        json.WriteNumber("modelLayers", vector.ModelLayers);
        json.WriteString("fingerprint", vector.Fingerprint);
        json.WriteStartObject("notes");
        foreach (var (name, value) in vector.Notes) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("layers");
        for (var i = 0; i < vector.Layers.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", vector.Layers[i]);
            json.Number("norm", vector.Norm(i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
