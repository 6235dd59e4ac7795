using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Evaluation.Metrics;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera perplexity</c>: how well a model predicts a file.</summary>
internal sealed class PerplexityCommand
{
    private const int UsualContext = 1024;

    private const string Summary = "Measures how well a model predicts a text.";

    private const string Details = """
        Perplexity is e to the mean of -ln p over the text's tokens. A window slides over the text; each token is scored once, in the first window that holds it, with everything before it in that
        window as context. The very first token is not scored.

        Examples:
          tessera perplexity -m model.gguf book.txt
          tessera perplexity -m model.gguf book.txt --exact --context 1024 --stride 512 --json
          tessera perplexity -m model.gguf - < book.txt
          tessera perplexity -m model.gguf chapter.txt --kv h2o --kv-budget 0.2 --json

        With --kv each window's context is read at once, then the policy acts; every scored token is run alone, as when it is generated. That takes as long as generating them.

        With --json a line {"window":{start, end, scored, negativeLogLikelihood}} for each window, and at last
        {"done":{tokens, scored, negativeLogLikelihood, perplexity, seconds}}; with --kv also kv, as in 'tessera run --json'.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly PolicyArguments _policy = new();
    private readonly Argument<string> _file = new("FILE") { Description = "The text, in UTF-8; '-' reads the standard input." };
    private readonly Option<int?> _context = new("--context") { Description = $"Tokens of a window. Default {UsualContext}, or the model's context where that is shorter.", HelpName = "N" };
    private readonly Option<int?> _stride = new("--stride") { Description = "How many tokens each window starts behind the one before. Default: half a window.", HelpName = "N" };
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Leaves out the tokens that the model expects around a text." };

    private PerplexityCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var perplexity = new PerplexityCommand(console);
        var command = new TaughtCommand("perplexity", Summary, Details) { perplexity._file, perplexity._context, perplexity._stride, perplexity._noSpecial };
        perplexity._model.AddTo(command);
        perplexity._policy.AddTo(command);
        command.SetAction(perplexity.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var path = result.GetRequiredValue(_file);
        var text = path == "-" ? await _console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false);
        using var package = _model.Load(result, _console);
        var most = package.Language.ContextLength;
        var context = result.GetValue(_context) ?? Math.Min(UsualContext, most);
        if (context < 2 || context > most) throw new UsageException($"--context is a number from 2 to the model's context of {most}.");
        var stride = result.GetValue(_stride) ?? context / 2;
        if (stride < 1 || stride >= context) throw new UsageException($"--stride is a number from 1 to {context - 1}: windows overlap, so that each token has a context.");
        var ids = package.Text.Tokenizer.EncodeToIds(text, new() { AddSpecialTokens = !result.GetValue(_noSpecial) });
        if (ids.Length < 2) throw new UsageException("The text has fewer than two tokens, so there is nothing to score.");

        using var scorer = new TokenScorer(package.Language, _model.Passes(result), _policy.Apply(result, _model.Sequences(result), context));
        var json = _model.Json(result);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var windows = await Task.Run(() => Measure(scorer, ids, context, stride, json, cancellation), cancellation).ConfigureAwait(false);
        Report(windows, ids.Length, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, json, _policy.Report(result, () => scorer.CacheUse));
        return ExitCode.Success;
    }

    private List<SlidingPerplexity.Window> Measure(TokenScorer scorer, int[] ids, int context, int stride, bool json, CancellationToken cancellation)
    {
        var windows = new List<SlidingPerplexity.Window>();
        _console.WithProgress("scoring", ids.Length, report =>
        {
            foreach (var window in SlidingPerplexity.Windows(scorer, ids, context, stride, cancellation))
            {
                windows.Add(window);
                report(window.End);
                if (json) WriteWindow(window);
            }
        });
        return windows;
    }

    private void WriteWindow(SlidingPerplexity.Window window) => JsonLine.Write(_console.Output, json =>
    {
        json.WriteStartObject("window");
        json.WriteNumber("start", window.Start);
        json.WriteNumber("end", window.End);
        json.WriteNumber("scored", window.Scored);
        json.Number("negativeLogLikelihood", window.NegativeLogLikelihood);
        json.WriteEndObject();
    });

    private void Report(List<SlidingPerplexity.Window> windows, int tokens, double seconds, bool json, Action<Utf8JsonWriter>? report)
    {
        var (scored, nll, perplexity) = (windows.Sum(w => w.Scored), windows.Sum(w => w.NegativeLogLikelihood), SlidingPerplexity.Of(windows));
        if (!json)
        {
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"perplexity {perplexity:F4} over {scored} tokens ({seconds:F1} s)"));
            return;
        }

        JsonLine.Write(_console.Output, writer =>
        {
            writer.WriteStartObject("done");
            writer.WriteNumber("tokens", tokens);
            writer.WriteNumber("scored", scored);
            writer.Number("negativeLogLikelihood", nll);
            writer.Number("perplexity", perplexity);
            writer.WriteNumber("seconds", Math.Round(seconds, 3));
            report?.Invoke(writer);
            writer.WriteEndObject();
        });
    }
}
