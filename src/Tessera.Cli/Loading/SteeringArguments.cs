using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Insight.Steering;
using Tessera.Models.Passes;

namespace Tessera.Cli.Loading;

/// <summary>The options that steer a model while it writes.</summary>
internal sealed class SteeringArguments
{
    private readonly Option<string[]> _files = new("--steer")
    {
        Description = "Adds a steering vector (see: tessera steer --help) to the activations, times a scale that may follow a colon: --steer calm.safetensors:1.5. May be given several times.",
        HelpName = "FILE[:SCALE]",
    };

    private readonly Option<double?> _scale = new("--steer-scale") { Description = "Multiplies the scale of every steering vector; negative ones steer the other way, 0 not at all. Default 1.", HelpName = "X" };
    private readonly Option<bool> _generated = new("--steer-generated") { Description = "Steers from the prompt's last token on only; otherwise the prompt is steered as well." };
    private readonly List<SteeringHook> _hooks = [];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_files);
        command.Add(_scale);
        command.Add(_generated);
    }

    /// <summary>How passes compute under the steering that is asked for.</summary>
    /// <exception cref="UsageException">A scale is no number, or there is nothing to scale.</exception>
    /// <exception cref="TesseraException">A file is no steering vector, or one for another model.</exception>
    public PassOptions Apply(ParseResult result, PassOptions passes, ModelPackage package, CommandConsole console)
    {
        _hooks.Clear();
        var files = result.GetValue(_files) ?? [];
        if (files.Length == 0 && (result.GetValue(_scale) is not null || result.GetValue(_generated))) throw new UsageException("--steer-scale and --steer-generated need a vector: --steer FILE.");
        var factor = result.GetValue(_scale) ?? 1;
        if (!double.IsFinite(factor)) throw new UsageException("--steer-scale is a finite number.");
        foreach (var file in files)
        {
            var (path, scale) = Split(file);
            var vector = SteeringVector.Load(path, package.Language);
            var hook = new SteeringHook(vector, package.Language, scale * factor) { FromPosition = result.GetValue(_generated) ? int.MaxValue : 0 };
            passes = hook.Steer(passes);
            _hooks.Add(hook);
            console.Note(string.Create(CultureInfo.InvariantCulture, $"Steered by {path} × {hook.Scale} ({vector.Method}, {vector.Point} of layer{(vector.Layers.Count > 1 ? "s" : "")} {string.Join(", ", vector.Layers)})."));
        }

        return passes;
    }

    /// <summary>Tells the steering where the answer to a prompt begins; needed before each answer.</summary>
    /// <param name="result">What was asked for.</param>
    /// <param name="promptTokens">Tokens of the prompt; its last row chooses the first token of the answer.</param>
    public void Begin(ParseResult result, int promptTokens)
    {
        if (!result.GetValue(_generated)) return;
        foreach (var hook in _hooks) hook.FromPosition = promptTokens - 1;
    }

    // What follows the last colon is a scale where it is a number; a drive's colon is followed by a path.
    private static (string Path, double Scale) Split(string file)
    {
        var colon = file.LastIndexOf(':');
        if (colon < 1) return (file, 1);
        if (double.TryParse(file.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) && double.IsFinite(scale)) return (file[..colon], scale);
        if (File.Exists(file)) return (file, 1);
        throw new UsageException($"--steer takes FILE or FILE:SCALE; '{file[(colon + 1)..]}' is no number, and there is no file {file}.");
    }
}
