using System.CommandLine;
using System.Globalization;
using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Cli.Loading;

/// <summary>The options that let several models say together how a text goes on, byte by byte.</summary>
internal sealed class EnsembleArguments
{
    private readonly Option<string[]> _others = new("--with-model")
    {
        Description = "Another model that has a say, with whatever vocabulary; may be given several times.", HelpName = "FILE-or-DIRECTORY",
    };

    private readonly Option<string?> _rule = new("--ensemble")
    {
        Description = "How the models' distributions become one: mixture, the mean of the probabilities (the default), or product, the mean of their logarithms.", HelpName = "mixture|product",
    };

    private readonly Option<string?> _weights = new("--weights") { Description = "Their weights, the model of -m first: 2,1. Default: equal ones.", HelpName = "W,W,…" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_others);
        command.Add(_rule);
        command.Add(_weights);
    }

    /// <summary>Loads the other models.</summary>
    /// <exception cref="UsageException">Rule or weights are wrong, or asked for without other models.</exception>
    public IReadOnlyList<ModelPackage> Load(ParseResult result)
    {
        var paths = result.GetValue(_others) ?? [];
        _ = Rule(result);
        if (paths.Length == 0 && (result.GetValue(_rule) ?? result.GetValue(_weights)) is not null) throw new UsageException("--ensemble and --weights need --with-model: there is one model only.");
        if (Weights(result) is { } weights && weights.Length != paths.Length + 1) throw new UsageException($"--weights has {weights.Length} numbers for {paths.Length + 1} models.");
        var packages = new List<ModelPackage>();
        try
        {
            foreach (var path in paths) packages.Add(ModelPackage.Load(path));
            return packages;
        }
        catch
        {
            foreach (var package in packages) package.Dispose();
            throw;
        }
    }

    /// <summary>Begins a text under all models.</summary>
    /// <param name="result">The options.</param>
    /// <param name="first">The text under the first model; disposed with the result.</param>
    /// <param name="others">The other models.</param>
    /// <param name="prompt">Writes the prompt down for a model.</param>
    /// <param name="passes">How passes compute.</param>
    /// <param name="sequences">How keys and values are kept.</param>
    /// <param name="validity">What becomes of lists of tokens that no text has.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public async Task<IByteSource> JoinAsync(
        ParseResult result, IByteSource first, IReadOnlyList<ModelPackage> others, Func<ByteModel, byte[]> prompt, PassOptions passes, SequenceOptions sequences, ByteValidity validity,
        CancellationToken cancellation)
    {
        if (others.Count == 0) return first;
        var members = new List<IByteSource> { first };
        try
        {
            foreach (var package in others)
            {
                var model = ByteModel.Of(package, passes, sequences, validity);
                members.Add(await model.StartAsync(prompt(model), null, cancellation).ConfigureAwait(false));
            }

            return new ByteEnsemble(members, Rule(result), Weights(result));
        }
        catch
        {
            foreach (var member in members.Skip(1)) member.Dispose();
            throw;
        }
    }

    private EnsembleRule Rule(ParseResult result) => result.GetValue(_rule) switch
    {
        null or "mixture" => EnsembleRule.Mixture,
        "product" => EnsembleRule.Product,
        var other => throw new UsageException($"--ensemble is mixture or product, not '{other}'."),
    };

    private double[]? Weights(ParseResult result) => result.GetValue(_weights)?.Split(',', StringSplitOptions.TrimEntries)
        .Select(static part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight > 0 && double.IsFinite(weight)
            ? weight : throw new UsageException($"--weights takes numbers above 0 separated by commas; '{part}' is none.")).ToArray();
}
