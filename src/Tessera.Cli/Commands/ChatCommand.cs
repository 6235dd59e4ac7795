using System.CommandLine;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Tokenizers.Templates;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera chat</c>: a conversation; each turn runs only what is new.</summary>
internal sealed class ChatCommand
{
    private const string Summary = "Talks with a model.";

    private const string Details = """
        The history is kept, and each turn runs only the tokens that are new.

        In a terminal, /reset begins a new conversation and /exit (or the end of the input) ends the program. Where the input is
        redirected, each line is a message.

        Examples:
          tessera chat -m model.gguf
          tessera chat -m model.gguf --system "You answer in one sentence." --temperature 0.7
          printf 'Hello!\nAnd again.\n' | tessera chat -m model.gguf --json

        With --json the answers are written as by 'tessera run --json': a line for each token and a line {"done":{…}} for each answer, whose
        cachedTokens says how many tokens of the conversation were not run again.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly AdapterArguments _adapter = new();
    private readonly SamplingArguments _sampling = new();
    private readonly SteeringArguments _steering = new();
    private readonly PolicyArguments _policy = new();
    private readonly PromptCacheArguments _cache = new();
    private readonly StrategyArguments _strategy = new();
    private readonly Option<string?> _system = new("--system") { Description = "A system message in front of the conversation.", HelpName = "TEXT" };

    private ChatCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var chat = new ChatCommand(console);
        var command = new TaughtCommand("chat", Summary, Details) { chat._system };
        chat._model.AddTo(command);
        chat._adapter.AddTo(command);
        chat._sampling.AddTo(command);
        chat._steering.AddTo(command);
        chat._policy.AddTo(command);
        chat._cache.AddTo(command);
        chat._strategy.AddTo(command);
        command.SetAction(chat.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        using var package = _model.Load(result, _console);
        var json = _model.Json(result);
        var options = _strategy.Apply(result, _sampling.Options(result, package.Defaults, json));
        using var session = package.NewSession(_steering.Apply(result, _model.Passes(result), package, _console), _policy.Apply(result, _adapter.Apply(result, package.Language, _model.Sequences(result))));

        ChatSession Begin()
        {
            var fresh = package.NewChat(session, options);
            if (result.GetValue(_system) is { } system) fresh.Add(new ChatMessage("system", system));
            return fresh;
        }

        _cache.Begin(result, session, _console);
        var chat = Begin();
        if (_console.InputIsTerminal) _console.Note("Say something. /reset begins anew, /exit ends.");
        while (await ReadAsync(cancellation).ConfigureAwait(false) is { } message)
        {
            var typed = message.Trim();
            if (typed.Length == 0) continue;
            if (_console.InputIsTerminal && typed == "/exit") break;
            if (_console.InputIsTerminal && typed == "/reset")
            {
                chat = Begin();
                continue;
            }

            var answer = chat.SendAsync(message, cancellation: cancellation);
            _steering.Begin(result, answer.PromptTokens);
            await AnswerWriter.WriteAsync(_console, answer, package.Text, json, _policy.Report(result, () => session.CacheUse)).ConfigureAwait(false);
            if (!json) _policy.Note(result, _console, session.CacheUse);
            _cache.End(result, session);
        }

        return ExitCode.Success;
    }

    private async Task<string?> ReadAsync(CancellationToken cancellation)
    {
        if (_console.InputIsTerminal) await _console.Error.WriteAsync("> ".AsMemory(), cancellation).ConfigureAwait(false);
        return await _console.ReadLineAsync(cancellation).ConfigureAwait(false);
    }
}
