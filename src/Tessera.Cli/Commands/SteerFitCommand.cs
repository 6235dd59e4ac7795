using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Insight.Steering;
using Tessera.Models.Hooks;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera steer fit</c>: a steering vector from texts of two kinds.</summary>
internal sealed class SteerFitCommand
{
    private const string Summary = "Fits a steering vector on texts of two kinds.";

    private const string Details = """
        The files hold one text a line, or where the name ends in .jsonl an object {"text": …} a line. For the principal component (pca) line i of
        one file is the pair of line i of the other: the same text but for what the vector is to be about. A dozen pairs already give a useful vector.

        Examples:
          tessera steer fit -m model.gguf --positive glad.txt --negative sad.txt --layer 14 -o glad.safetensors
          tessera steer fit -m model.gguf --positive a.jsonl --negative b.jsonl --layer 10-18 --method pca --mean -o style.safetensors

        It reports for each layer how far the two kinds are apart along the direction (separation) and what share of the pairs' differences lies
        along it. With --json: {"layer":{layer, norm, separation, explainedShare}} for each, at last {"done":{file, method, point, positive, negative}}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Option<string> _positive = new("--positive") { Description = "Texts of the kind that the vector leads to.", HelpName = "FILE", Required = true };
    private readonly Option<string> _negative = new("--negative") { Description = "Texts of the kind that it leads away from.", HelpName = "FILE", Required = true };
    private readonly Option<string?> _layer = new("--layer", "-l") { Description = "Which layers get a direction: 14, 10-20, or 8,12,16. Default: the middle one.", HelpName = "L" };
    private readonly Option<string> _point = new("--point") { Description = "Where in a layer: resid-post (behind it, the default), resid-pre, resid-mid, attn-out, mlp-out.", HelpName = "POINT", DefaultValueFactory = static _ => "resid-post" };
    private readonly Option<string> _method = new("--method")
    {
        Description = "How the direction is found: mean-difference (the default), pca (principal component of the pairs' differences), pca-centred.", HelpName = "METHOD", DefaultValueFactory = static _ => "mean-difference",
    };

    private readonly Option<bool> _mean = new("--mean") { Description = "Takes the mean over a text's tokens; otherwise its last token stands for it." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", HelpName = "FILE", Required = true };

    private SteerFitCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var fit = new SteerFitCommand(console);
        var command = new TaughtCommand("fit", Summary, Details) { fit._positive, fit._negative, fit._layer, fit._point, fit._method, fit._mean, fit._output };
        fit._model.AddTo(command);
        command.SetAction(fit.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var (point, method) = (Name<HookPoint>("--point", result.GetRequiredValue(_point)), Name<DirectionMethod>("--method", result.GetRequiredValue(_method)));
        if (point is not (HookPoint.ResidPre or HookPoint.ResidMid or HookPoint.ResidPost or HookPoint.AttnOut or HookPoint.MlpOut)) throw new UsageException("--point is resid-post, resid-pre, resid-mid, attn-out or mlp-out.");
        var positive = await TextLines.ReadAsync(result.GetRequiredValue(_positive), _console, cancellation).ConfigureAwait(false);
        var negative = await TextLines.ReadAsync(result.GetRequiredValue(_negative), _console, cancellation).ConfigureAwait(false);
        if (method != DirectionMethod.MeanDifference && positive.Count != negative.Count)
            throw new UsageException($"--method {result.GetValue(_method)} needs pairs; there are {positive.Count} positive and {negative.Count} negative texts. Take mean-difference, or make them pairs.");
        using var package = _model.Load(result, _console);
        var layers = LayerArgument.Read(result.GetValue(_layer), package.Language.Stack.Blocks.Count);
        var addition = new ContrastiveActivationAddition(method, result.GetValue(_mean) ? ActivationPooling.MeanOfTokens : ActivationPooling.LastToken);
        var vector = await Task.Run(() => Fit(result, package, addition, positive, negative, layers, point, cancellation), cancellation).ConfigureAwait(false);
        var file = result.GetRequiredValue(_output);
        vector.Save(file);
        Report(vector, file, _model.Json(result), positive.Count, negative.Count);
        return ExitCode.Success;
    }

    private SteeringVector Fit(
        ParseResult result, ModelPackage package, ContrastiveActivationAddition addition, List<string> positive, List<string> negative, int[] layers, HookPoint point, CancellationToken cancellation)
    {
        SteeringVector? vector = null;
        _console.WithProgress("reading activations", positive.Count + negative.Count, report =>
        {
            vector = UsageException.Guard(() => addition.Fit(
                package.Language, Encode(package, positive), Encode(package, negative), layers, point, _model.Passes(result), _model.Sequences(result), new Told<int>(done => report(done)), cancellation));
        });
        return vector!;
    }

    internal static int[][] Encode(ModelPackage package, List<string> texts) => [.. texts.Select(package.Text.EncodePrompt)];

    private void Report(SteeringVector vector, string file, bool json, int positive, int negative)
    {
        var separation = vector.Notes["separation"].Split(' ');
        var share = vector.Notes.GetValueOrDefault("explained_share")?.Split(' ');
        if (json)
        {
            for (var i = 0; i < vector.Layers.Count; i++)
            {
                var at = i;
                JsonLine.Write(_console.Output, writer =>
                {
                    writer.WriteStartObject("layer");
                    writer.WriteNumber("layer", vector.Layers[at]);
                    writer.Number("norm", vector.Norm(at));
                    writer.Number("separation", double.Parse(separation[at], CultureInfo.InvariantCulture));
                    if (share is null) writer.WriteNull("explainedShare");
                    else writer.Number("explainedShare", double.Parse(share[at], CultureInfo.InvariantCulture));
                    writer.WriteEndObject();
                });
            }

            JsonLine.Write(_console.Output, writer =>
            {
                writer.WriteStartObject("done");
                writer.WriteString("file", file);
                writer.WriteString("method", vector.Method);
                writer.WriteString("point", vector.Point.ToString());
                writer.WriteNumber("positive", positive);
                writer.WriteNumber("negative", negative);
                writer.WriteEndObject();
            });
            return;
        }

        var table = new ResultTable("#layer", "#separation", "#share");
        for (var i = 0; i < vector.Layers.Count; i++) table.Add(vector.Layers[i].ToString(CultureInfo.InvariantCulture), separation[i], share?[i] ?? "");
        table.WriteTo(_console);
        _console.Note($"Wrote {file}. Steer with: tessera run --steer {file}:1 \"…\"");
    }

    private static T Name<T>(string option, string text)
        where T : struct, Enum =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new UsageException($"{option} does not know '{text}'.");
}
