using System.CommandLine;
using System.Text;
using Tessera.Generation;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tokenizers;

namespace Tessera.Cli.Loading;

/// <summary>The options for prompts that end inside a token, and for texts between two others.</summary>
internal sealed class RepairArguments
{
    private readonly Option<string?> _heal = new("--heal")
    {
        Description = "With --raw, for a prompt that ends inside a word: exact draws one of all ways in which its bytes can be cut into tokens, as probable as the model finds it; token takes the last token back and lets the model choose one that begins like it.",
        HelpName = "exact|token",
    };

    private readonly Option<string?> _suffix = new("--suffix")
    {
        Description = "With --raw: the text that stands behind the answer, for models that were taught to fill in the middle. The prompt's end is cut anew as --heal says; exact, if it says nothing.",
        HelpName = "TEXT",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_heal);
        command.Add(_suffix);
    }

    /// <summary>Whether one was given.</summary>
    public bool Asked(ParseResult result) => result.GetValue(_heal) is not null || result.GetValue(_suffix) is not null;

    /// <summary>The prompt cut anew.</summary>
    /// <param name="result">The options.</param>
    /// <param name="package">The model.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="sampling">How the cut is drawn.</param>
    /// <param name="passes">How passes compute.</param>
    /// <param name="sequences">How keys and values are kept.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public async Task<RepairedPrompt> RepairAsync(
        ParseResult result, ModelPackage package, string prompt, SamplingOptions sampling, PassOptions passes, SequenceOptions sequences, CancellationToken cancellation)
    {
        var heal = result.GetValue(_heal) ?? "exact";
        if (heal is not ("exact" or "token")) throw new UsageException($"--heal is exact or token, not '{heal}'.");
        var model = ByteModel.Of(package, passes, sequences);
        var (bytes, repair) = (model.Vocabulary.BytesOf(prompt), new PromptRepair(model));
        var context = result.GetValue(_suffix) is { } suffix ? Around(package.Text.Tokenizer, model.Options.Context, suffix) : model.Options.Context;
        var key = new RandomKey(sampling.Seed, 0, (uint)bytes.Length, RandomPurpose.Tokenize);
        return heal == "exact"
            ? await repair.ExactAsync(bytes, context, sampling.Temperature, key, cancellation).ConfigureAwait(false)
            : await repair.HealAsync(bytes, context, sampling.Temperature, key, cancellation).ConfigureAwait(false);
    }

    private static int[] Around(Tokenizer tokenizer, IReadOnlyList<int> front, string suffix)
    {
        var fill = FillInTheMiddle.Find(tokenizer)
            ?? throw new UsageException("--suffix needs a model that was taught to fill in the middle: this vocabulary has no tokens such as <|fim_prefix|>.");
        return fill.Context(front, tokenizer.EncodeToIds(Encoding.UTF8.GetBytes(suffix), EncodeOptions.PlainText));
    }
}
