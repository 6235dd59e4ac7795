using System.CommandLine;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.Files;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Cli.Loading;

/// <summary>The options that all commands share: which model, how it computes, how results are written.</summary>
internal sealed class ModelArguments
{
    private const string NoModel = """
        No model was named and this build has none embedded. Give one with -m FILE-or-DIRECTORY: a .gguf file, or a directory with model.safetensors, config.json and tokenizer.json as Hugging Face publishes them.
        """;

    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "The model: a .gguf file, or a directory with a model's files as Hugging Face publishes them. Default: the model embedded in this program.",
        HelpName = "FILE-or-DIRECTORY",
    };

    private readonly Option<int?> _threads = new("--threads", "-t")
    {
        Description = "Threads that compute. The result does not depend on it. Default: one for each physical core.",
        HelpName = "N",
    };

    private readonly Option<bool> _exact = new("--exact")
    {
        Description = "Computes in 32-bit floating point throughout, keys and values included: the reference. Default: activations in 8 bits where weights are quantised.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Writes results as JSON, one object a line." };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="computes">Whether it runs the model, so that threads and arithmetic matter.</param>
    /// <param name="exact">Whether <c>--exact</c> is offered; commands whose usual arithmetic is exact have another option.</param>
    public void AddTo(Command command, bool computes = true, bool exact = true)
    {
        _threads.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var threads) || threads is < 1 or > 1024))
                result.AddError($"--threads is a number from 1 to 1024, not {token.Value}.");
        });
        command.Add(_model);
        if (computes)
        {
            command.Add(_threads);
            if (exact) command.Add(_exact);
        }

        command.Add(_json);
    }

    /// <summary>Whether results are JSON.</summary>
    public bool Json(ParseResult result) => result.GetValue(_json);

    /// <summary>Whether to compute in 32-bit floating point.</summary>
    public bool Exact(ParseResult result) => result.GetValue(_exact);

    /// <summary>The path that was given; null for the embedded model.</summary>
    public string? Path(ParseResult result) => result.GetValue(_model);

    /// <summary>Opens the files; the embedded model's, with a note, where none were named.</summary>
    public WeightFiles Open(ParseResult result, CommandConsole console)
    {
        if (result.GetValue(_model) is { } path)
            return path.Length == 0 ? throw new UsageException("--model needs a file or a directory.") : WeightFiles.Open(path);
        if (!EmbeddedModel.Exists) throw new UsageException(NoModel);
        console.Note("Using the embedded default model; name another one with -m FILE-or-DIRECTORY.");
        return EmbeddedModel.Open();
    }

    /// <summary>Loads the model with everything that belongs to it.</summary>
    public ModelPackage Load(ParseResult result, CommandConsole console) =>
        ModelPackage.Load(Open(result, console));

    /// <summary>Reads what the model says about text, without its weights.</summary>
    public ModelText LoadText(ParseResult result, CommandConsole console)
    {
        if (result.GetValue(_model) is { Length: > 0 } path) return ModelText.Load(path);
        using var files = Open(result, console);
        return ModelText.Find(files)!;
    }

    /// <summary>How passes compute.</summary>
    public PassOptions Passes(ParseResult result) => new() { Arithmetic = Exact(result) ? Arithmetic.Exact : Arithmetic.Fast, Pool = Pool(result) };

    /// <summary>How sequences keep keys and values.</summary>
    public SequenceOptions Sequences(ParseResult result) => Exact(result) ? SequenceOptions.Exact : SequenceOptions.Default;

    /// <summary>The threads.</summary>
    public ComputePool Pool(ParseResult result) => _pool ??= result.GetValue(_threads) is { } threads ? new ComputePool(threads) : ComputePool.Shared;

    private ComputePool? _pool; // one for the command, however often it is asked for
}
