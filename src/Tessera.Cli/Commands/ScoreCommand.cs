using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Evaluation.Metrics;
using Tessera.Generation;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera score</c>: what a model says of each token of a text.</summary>
internal sealed class ScoreCommand
{
    private const string Summary = "Shows how probable a model finds each token of a text.";

    private const string Details = """
        For each token, having seen everything before it: log-probability (natural logarithm), rank (1: the most probable), entropy of the
        model's distribution (nats). The first token has nothing before it and is not scored.

        Examples:
          tessera score -m model.gguf "The capital of France is Paris."
          tessera score -m model.gguf --exact --json --alternatives 3 "The capital of France is Rome."
          tessera score -m model.gguf - < essay.txt

        With --json a line for each token, {"token":{id, bytes, text, position, raw:{logProbability, rank, entropy, alternatives}}}, and
        at last {"done":{tokens, scored, negativeLogLikelihood, perplexity}}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Argument<string?> _text = TextArgument.Create();
    private readonly Option<int> _alternatives = new("--alternatives") { Description = "How many of the most probable tokens to show at each place. Default 0.", HelpName = "N" };
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Leaves out the tokens that the model expects around a text." };

    private ScoreCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var score = new ScoreCommand(console);
        var command = new TaughtCommand("score", Summary, Details) { score._text, score._alternatives, score._noSpecial };
        score._model.AddTo(command);
        command.SetAction(score.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var alternatives = result.GetValue(_alternatives);
        if (alternatives is < 0 or > 1000) throw new UsageException("--alternatives is a number from 0 to 1000.");
        var text = await TextArgument.ReadAsync(result.GetValue(_text), _console, cancellation).ConfigureAwait(false);
        using var package = _model.Load(result, _console);
        var ids = package.Text.Tokenizer.EncodeToIds(text, new() { AddSpecialTokens = !result.GetValue(_noSpecial) });
        if (ids.Length < 2) throw new UsageException("The text has fewer than two tokens, so there is nothing to score.");
        if (ids.Length > package.Language.ContextLength)
            throw new ResourceLimitException("tokens of context", ids.Length, package.Language.ContextLength, "Use 'tessera perplexity', which slides a window over the text.");
        using var scorer = new TokenScorer(package.Language, _model.Passes(result), _model.Sequences(result));
        var scores = await Task.Run(() => scorer.Score(ids, topCount: alternatives, cancellation: cancellation), cancellation).ConfigureAwait(false);
        if (_model.Json(result)) WriteJson(ids, scores, package.Text);
        else WriteTable(ids, scores, package.Text);
        return ExitCode.Success;
    }

    private void WriteJson(int[] ids, ScoredTokens scores, ModelText text)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            JsonLine.Write(_console.Output, json =>
            {
                json.WriteStartObject("token");
                json.WriteNumber("id", ids[i]);
                json.Bytes("bytes", text.Bytes(ids[i]).Span);
                json.WriteString("text", System.Text.Encoding.UTF8.GetString(text.Bytes(ids[i]).Span));
                json.WriteNumber("position", i);
                if (i == 0) json.WriteNull("raw");
                else TokenJson.WriteStatistics(json, "raw", scores.Statistics[i - 1], scores.AlternativesOf(i - 1).ToArray(), text);
                json.WriteEndObject();
            });
        }

        JsonLine.Write(_console.Output, json =>
        {
            json.WriteStartObject("done");
            json.WriteNumber("tokens", ids.Length);
            json.WriteNumber("scored", scores.Statistics.Count);
            json.Number("negativeLogLikelihood", scores.NegativeLogLikelihood);
            json.Number("perplexity", scores.Perplexity);
            json.WriteEndObject();
        });
    }

    private void WriteTable(int[] ids, ScoredTokens scores, ModelText text)
    {
        var table = new ResultTable("#position", "#id", "text", "#ln p", "#rank", "#entropy", "instead");
        for (var i = 0; i < ids.Length; i++)
        {
            string Cell(FormattableString value) => i == 0 ? "" : FormattableString.Invariant(value);
            var statistics = i == 0 ? default : scores.Statistics[i - 1];
            var instead = i == 0 ? "" : string.Join(' ', scores.AlternativesOf(i - 1).ToArray().Select(a => VisibleText.Quote(text.Bytes(a.Id).Span)));
            table.AddColoured(
                i == 0 ? Color.Default : ColourOf(statistics.LogProbability),
                i.ToString(CultureInfo.InvariantCulture), ids[i].ToString(CultureInfo.InvariantCulture), VisibleText.Quote(text.Bytes(ids[i]).Span),
                Cell($"{statistics.LogProbability:F4}"), Cell($"{statistics.Rank}"), Cell($"{statistics.Entropy:F4}"), instead);
        }

        table.WriteTo(_console);
        _console.Note(string.Create(CultureInfo.InvariantCulture, $"{scores.Statistics.Count} tokens scored, perplexity {scores.Perplexity:F4}"));
    }

    // From sure to surprised; the bounds are probabilities of 1/2, 1/10 and 1/100.
    private static Color ColourOf(double logProbability) => Math.Exp(logProbability) switch
    {
        >= 0.5 => Color.Green,
        >= 0.1 => Color.Default,
        >= 0.01 => Color.Yellow,
        _ => Color.Red,
    };
}
