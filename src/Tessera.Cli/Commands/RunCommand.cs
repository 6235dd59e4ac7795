using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Models;
using Tessera.Models.State;
using Tessera.Tokenizers.Templates;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera run</c>: one prompt, one answer.</summary>
internal sealed class RunCommand
{
    private const string Summary = "Answers one prompt and streams the answer.";

    private const string Details = """
        The prompt is written down with the model's chat template; --raw continues it as it is. Sampling follows the model's own
        generation_config.json unless options say otherwise.

        Examples:
          tessera run -m model.gguf "Why is the sky blue?"
          tessera run -m model.gguf --temperature 0.8 --top-p 0.95 --seed 7 "Write a haiku."
          tessera run -m model.gguf --raw --max-tokens 20 "The capital of France is"
          tessera run -m model.gguf --raw --heal exact --max-tokens 20 "The capital of Fran"
          cat question.txt | tessera run -m model.gguf -
          tessera run -m model.gguf --json --alternatives 5 "Yes or no?"
          tessera run -m model.gguf --lazy 0.3:0.5/0.6:0.25 - < report.txt
          tessera run -m model.gguf --strategy token-recycling "Copy this text: …"
          tessera run -m model.gguf --ids 1,4093,198 --max-tokens 8
          tessera run -m model.gguf --steer glad.safetensors:1.5 "Tell me about the weather."
          tessera run -m model.gguf --kv h2o --kv-budget 0.2 --json - < long-question.txt

        With --json each token is a line {"token":{id, bytes (hexadecimal), text, position, raw, processed}}: raw is the model's own
        distribution, processed the one that the token was drawn from, each with logProbability (natural logarithm), rank, entropy
        (nats) and alternatives. The last line is {"done":{ids, text, stop, promptTokens, cachedTokens, prefillSeconds, decodeSeconds, …}};
        with --kv it has kv: {keptSlots, droppedSlots (fewest, mean and most of a head), keptByLayer, bytes, fullBytes (without the policy)}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly AdapterArguments _adapter = new();
    private readonly SamplingArguments _sampling = new();
    private readonly ScheduleArguments _schedule = new();
    private readonly SteeringArguments _steering = new();
    private readonly PolicyArguments _policy = new();
    private readonly StrategyArguments _strategy = new();
    private readonly PromptCacheArguments _cache = new();
    private readonly RepairArguments _repair = new();
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "The prompt; '-' reads it from the standard input, as does leaving it out where the input is redirected (one line end at its end is dropped).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _raw = new("--raw") { Description = "Continues the prompt as it is, without the chat template. Spelt-out control tokens count as such." };
    private readonly Option<string?> _ids = new("--ids") { Description = "Token ids, separated by commas, in place of a prompt; nothing is added to them.", HelpName = "ID,ID,…" };
    private readonly Option<string?> _system = new("--system") { Description = "A system message in front of the prompt.", HelpName = "TEXT" };

    private RunCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var run = new RunCommand(console);
        var command = new TaughtCommand("run", Summary, Details) { run._prompt, run._raw, run._ids, run._system };
        run._model.AddTo(command);
        run._adapter.AddTo(command);
        run._sampling.AddTo(command);
        run._schedule.AddTo(command);
        run._steering.AddTo(command);
        run._policy.AddTo(command);
        run._strategy.AddTo(command);
        run._cache.AddTo(command);
        run._repair.AddTo(command);
        command.SetAction(run.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var ids = result.GetValue(_ids);
        if (ids is not null && (result.GetValue(_prompt) is not null || result.GetValue(_system) is not null))
            throw new UsageException("--ids stands in place of a prompt and a system message; give one or the other.");
        if (result.GetValue(_raw) && result.GetValue(_system) is not null)
            throw new UsageException("--raw knows no system message; write it into the prompt.");
        if (_repair.Asked(result) && !result.GetValue(_raw)) throw new UsageException("--heal and --suffix need --raw: a chat's prompt ends with its template.");
        var text = ids is null ? await ReadPromptAsync(result.GetValue(_prompt), cancellation).ConfigureAwait(false) : "";
        var given = ids is null ? null : ParseIds(ids);

        using var package = _model.Load(result, _console);
        var options = _strategy.Apply(result, _sampling.Options(result, package.Defaults, _model.Json(result)));
        var vocabulary = package.Language.VocabularySize; // says first of all if this is no model that continues text
        if (options.StopStrings.Count > 0) _ = package.Text; // says that there is no tokenizer
        int[] prompt;
        if (_repair.Asked(result))
        {
            var repaired = await _repair.RepairAsync(result, package, text, options.Sampling, _model.Passes(result), _model.Sequences(result), cancellation).ConfigureAwait(false);
            (prompt, options) = ([.. repaired.Ids], options with { Lead = repaired.Overshoot });
        }
        else
        {
            prompt = given is null ? Encode(package.Text, text, result) : Check(given, vocabulary);
        }

        using var session = package.NewSession(_steering.Apply(result, _model.Passes(result), package, _console), Sequences(result, package.Language));
        _steering.Begin(result, prompt.Length);
        _cache.Begin(result, session, _console);
        await AnswerWriter.WriteAsync(
            _console, session.GenerateAsync(prompt, options, cancellation), package.HasText ? package.Text : null, _model.Json(result),
            _schedule.WriteJson + _policy.Report(result, () => session.CacheUse)).ConfigureAwait(false);
        _cache.End(result, session);
        if (_model.Json(result)) return ExitCode.Success;
        _schedule.Note(_console);
        _policy.Note(result, _console, session.CacheUse);
        return ExitCode.Success;
    }

    private SequenceOptions Sequences(ParseResult result, LanguageModel model) =>
        _schedule.Apply(result, _policy.Apply(result, _adapter.Apply(result, model, _model.Sequences(result))));

    private async Task<string> ReadPromptAsync(string? argument, CancellationToken cancellation)
    {
        if (argument is null && _console.InputIsTerminal) throw new UsageException("Give a prompt, or '-' to read it from the standard input.");
        if (argument is not (null or "-")) return argument;
        var text = await _console.ReadToEndAsync(cancellation).ConfigureAwait(false);
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }

    private int[] Encode(ModelText text, string prompt, ParseResult result)
    {
        int[] ids;
        if (result.GetValue(_raw))
        {
            ids = text.EncodePrompt(prompt);
        }
        else if (text.ChatTemplates is null)
        {
            if (result.GetValue(_system) is not null) throw new UsageException("This model has no chat template, so there is no place for a system message.");
            _console.Note("This model has no chat template: the prompt is continued as it is, as with --raw.");
            ids = text.EncodePrompt(prompt);
        }
        else
        {
            var user = new ChatMessage("user", prompt);
            ids = [.. text.ChatFormat().Encode(result.GetValue(_system) is { } system ? [new ChatMessage("system", system), user] : [user])];
        }

        return ids.Length > 0 ? ids : throw new UsageException("The prompt is empty; give at least one token.");
    }

    private static int[] ParseIds(string list)
    {
        var ids = new List<int>();
        foreach (var part in list.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw new UsageException($"--ids takes token ids separated by commas; '{part}' is none.");
            ids.Add(id);
        }

        return [.. ids];
    }

    private static int[] Check(int[] ids, int vocabulary)
    {
        foreach (var id in ids)
        {
            if (id >= vocabulary) throw new UsageException($"Token {id} is not among the {vocabulary} of the model.");
        }

        return ids;
    }
}
