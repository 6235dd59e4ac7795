using System.CommandLine;
using Tessera.Models;
using Tessera.Models.Adapters;
using Tessera.Models.State;

namespace Tessera.Cli.Loading;

/// <summary>The option that names an adapter of the model.</summary>
internal sealed class AdapterArguments
{
    private readonly Option<string?> _adapter = new("--adapter")
    {
        Description = "A LoRA adapter to run the model with: a directory with adapter_config.json and adapter_model.safetensors, as PEFT saves it. The model's file stays as it is.",
        HelpName = "DIRECTORY",
    };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_adapter);

    /// <summary>Options for sequences that run through the adapter, if one was named.</summary>
    /// <param name="result">What was typed.</param>
    /// <param name="model">The model that it has to fit.</param>
    /// <param name="options">How sequences are made otherwise.</param>
    public SequenceOptions Apply(ParseResult result, LanguageModel model, SequenceOptions options)
    {
        if (result.GetValue(_adapter) is not { } path) return options;
        if (path.Length == 0) throw new UsageException("--adapter needs a directory.");
        var adapter = AdapterFolder.Load(path);
        try
        {
            adapter.Check(model.Stack);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"The adapter is for another model: {e.Message}");
        }

        return options with { Adapter = adapter };
    }
}
