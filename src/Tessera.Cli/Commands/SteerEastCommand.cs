using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Insight.Steering;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera steer east</c>: a vector along which an agent's choice of action becomes less sure.</summary>
internal sealed class SteerEastCommand
{
    private const string Summary = "Fits a vector along which a model's choice of action becomes less sure (EAST).";

    private const string Details = """
        Each prompt ends where the model must choose an action; each action is one token (mind the space in front: ' A'). The entropy of the choice
        weighs the prompt's activation. Positive scales of the vector raise the entropy of the choice, negative ones lower it.

        Examples:
          tessera steer east -m model.gguf --prompts bandit.jsonl --action " A" --action " B" --layer 15 -o doubt.safetensors
          tessera run -m model.gguf --raw --steer doubt.safetensors:2 --steer-generated "Machine A paid 3, machine B paid 1. I choose machine"

        Take prompts among which the model is more and less sure, and swap the labels in half of them; otherwise the vector encodes a label.
        With --json: {"prompt":{index, tokens, entropy, actionMass, probabilities}} for each, at last {"done":{file, layer, prompts, norm, meanEntropy}}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Option<string> _prompts = new("--prompts") { Description = "Prompts, one a line; of a .jsonl file the \"text\" of each line's object.", HelpName = "FILE", Required = true };
    private readonly Option<string[]> _actions = new("--action") { Description = "An action's token; given at least twice.", HelpName = "TEXT", Required = true };
    private readonly Option<string?> _layer = new("--layer", "-l") { Description = "The layer behind which the vector is added. Default: the middle one.", HelpName = "L" };
    private readonly Option<double> _share = new("--share") { Description = "The vector's length as a share of the activations' mean length; 0 keeps what comes out. Default 0.1.", HelpName = "X", DefaultValueFactory = static _ => 0.1 };
    private readonly Option<bool> _uncentred = new("--uncentred") { Description = "Leaves in what all prompts have in common." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", HelpName = "FILE", Required = true };

    private SteerEastCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var east = new SteerEastCommand(console);
        var command = new TaughtCommand("east", Summary, Details) { east._prompts, east._actions, east._layer, east._share, east._uncentred, east._output };
        east._model.AddTo(command);
        command.SetAction(east.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var prompts = await TextLines.ReadAsync(result.GetRequiredValue(_prompts), _console, cancellation).ConfigureAwait(false);
        using var package = _model.Load(result, _console);
        var layer = LayerArgument.Read(result.GetValue(_layer), package.Language.Stack.Blocks.Count) is [var only] ? only : throw new UsageException("EAST steers behind one layer; name one.");
        var actions = (result.GetValue(_actions) ?? []).Select(text => Token(package, text)).ToArray();
        if (actions.Length < 2) throw new UsageException("A choice is between at least two actions; give --action twice or more.");
        var vector = await Task.Run(() => Fit(result, package, layer, prompts, actions, cancellation), cancellation).ConfigureAwait(false);
        var file = result.GetRequiredValue(_output);
        vector.Save(file);
        if (!_model.Json(result))
        {
            _console.Note($"Wrote {file}: {prompts.Count} prompts, mean entropy {vector.Notes["mean_entropy"]} nats. Steer with: tessera run --steer {file}:2 --steer-generated \"…\"");
            return ExitCode.Success;
        }

        JsonLine.Write(_console.Output, writer =>
        {
            writer.WriteStartObject("done");
            writer.WriteString("file", file);
            writer.WriteNumber("layer", layer);
            writer.WriteNumber("prompts", prompts.Count);
            writer.Number("norm", vector.Norm(0));
            writer.Number("meanEntropy", double.Parse(vector.Notes["mean_entropy"], CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        });
        return ExitCode.Success;
    }

    private SteeringVector Fit(ParseResult result, ModelPackage package, int layer, List<string> prompts, int[] actions, CancellationToken cancellation)
    {
        SteeringVector? vector = null;
        var table = new ResultTable("#prompt", "#entropy", "#action mass", "text");
        _console.WithProgress("asking", prompts.Count, report =>
        {
            try
            {
                using var probe = new DecisionProbe(package.Language, layer, actions, null, _model.Passes(result), _model.Sequences(result));
                var decisions = new List<Decision>();
                foreach (var ids in SteerFitCommand.Encode(package, prompts))
                {
                    var decision = probe.Measure(ids, cancellation);
                    Tell(result, table, decision, decisions.Count, ids.Length, prompts[decisions.Count]);
                    decisions.Add(decision);
                    report(decisions.Count);
                }

                var method = new EntropicActivationSteering(!result.GetValue(_uncentred), result.GetValue(_share));
                vector = method.CreateVector(package.Language, layer, [.. decisions.Select(d => d.Activation)], [.. decisions.Select(d => d.Actions.Entropy)]);
            }
            catch (ArgumentException e) // a prompt too long, an action twice, no signal
            {
                throw new UsageException(e.Message.ReplaceLineEndings(" "));
            }
        });
        if (!_model.Json(result)) table.WriteTo(_console);
        return vector!;
    }

    private void Tell(ParseResult result, ResultTable table, Decision decision, int index, int tokens, string text)
    {
        if (!_model.Json(result))
        {
            table.Add(Text($"{index}"), Text($"{decision.Actions.Entropy:F4}"), Text($"{decision.ActionMass:F4}"), VisibleText.ForTerminal(text.Length > 60 ? "…" + text[^60..] : text));
            return;
        }

        JsonLine.Write(_console.Output, writer =>
        {
            writer.WriteStartObject("prompt");
            writer.WriteNumber("index", index);
            writer.WriteNumber("tokens", tokens);
            writer.Number("entropy", decision.Actions.Entropy);
            writer.Number("actionMass", decision.ActionMass);
            writer.WriteStartArray("probabilities");
            foreach (var probability in decision.Actions.Probabilities) writer.WriteNumberValue(probability);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static int Token(ModelPackage package, string text)
    {
        var ids = package.Text.Tokenizer.EncodeToIds(text, Tokenizers.EncodeOptions.PlainText);
        return ids is [var id] ? id : throw new UsageException($"The action \"{text}\" is {ids.Length} tokens, not one; see: tessera tokenize \"{text}\"");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
