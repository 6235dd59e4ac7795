using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Insight.Detection;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera detect-pretraining</c> and <c>tessera detect-machine-text</c>: scores of texts, and how well they separate labelled ones.</summary>
internal sealed class DetectCommand
{
    private const int FewTokens = 8, FewForMachineText = 50; // below them a score says next to nothing

    private const string Membership = """
        Was a text among what the model learnt from? Each detector gives a score; higher speaks for yes. No score of a single text is proof: where
        the line lies has to be found on texts whose answer is known, of the same kind and length.

        Each file is a text; each line of a .jsonl file is one, {"text": …, "label": 0 or 1}. With labels of both kinds it reports how well every
        detector separates them: AUC (0.5 is chance), and how many members are found at 5 % false alarms.

        Examples:
          tessera detect-pretraining -m model.gguf essay.txt
          tessera detect-pretraining -m model.gguf wikimia.jsonl --reference corpus/ --save-frequencies freq.safetensors
          tessera detect-pretraining -m model.gguf wikimia.jsonl --reference freq.safetensors --second-model small.gguf --json
          tessera detect-pretraining -m model.gguf wikimia.jsonl --detector min-k:share=0.1 --detector min-k-plus-plus
        """;

    private const string MachineText = """
        Was a text written by a model? Each detector gives a score; higher speaks for yes. Short, formulaic, quoted or translated text and text of
        people who write in a foreign language is often taken for a machine's: no score is an accusation.

        Each file is a text; each line of a .jsonl file is one, {"text": …, "label": 0 or 1, "variants": [altered versions, for detect-gpt and npr]}.

        Examples:
          tessera detect-machine-text -m model.gguf essay.txt
          tessera detect-machine-text -m instruct.gguf --second-model base.gguf essays.jsonl
          tessera detect-machine-text -m model.gguf essays.jsonl --detector fast-detect-gpt --json
        """;

    private const string Json = """

        With --json: {"text":{source, label, scored, kept, lowConfidence, scores}} for each text; with labels {"detector":{name, auroc,
        truePositiveRateAt5, falsePositiveRateAt95, bestBalancedAccuracy, roc: [[false positives, true positives, threshold], …]}} for each
        detector; at last {"done":{texts, seconds}}.
        """;

    private readonly CommandConsole _console;
    private readonly DetectionQuestion _question;
    private readonly ModelArguments _model = new();
    private readonly DetectorArguments _detectors;
    private readonly Argument<string[]> _files = new("FILE") { Description = "The texts; '-' reads the standard input.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _lines = new("--jsonl") { Description = "Takes every file as one JSON object a line, whatever its name." };

    private DetectCommand(CommandConsole console, DetectionQuestion question) => (_console, _question, _detectors) = (console, question, new DetectorArguments(question));

    /// <summary>The command for a question.</summary>
    public static Command Create(CommandConsole console, DetectionQuestion question)
    {
        var detect = new DetectCommand(console, question);
        var command = question == DetectionQuestion.Membership
            ? new TaughtCommand("detect-pretraining", "Scores how likely a model has learnt from a text.", Membership + Json)
            : new TaughtCommand("detect-machine-text", "Scores how likely a model has written a text.", MachineText + Json);
        command.Add(detect._files);
        command.Add(detect._lines);
        detect._detectors.AddTo(command);
        detect._model.AddTo(command);
        command.SetAction(detect.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var detectors = _detectors.Detectors(result);
        var texts = await LabelledText.ReadAsync(result.GetRequiredValue(_files), result.GetValue(_lines), _console, cancellation).ConfigureAwait(false);
        using var package = _model.Load(result, _console);
        using var second = _detectors.Second(result);
        var start = Stopwatch.GetTimestamp();
        var judged = await Task.Run(() => Judge(result, package, second, detectors, texts, cancellation), cancellation).ConfigureAwait(false);
        var report = new DetectionReport(_console, detectors, judged, _question == DetectionQuestion.Membership ? FewTokens : FewForMachineText);
        if (_model.Json(result))
        {
            report.WriteSeparationJson();
            JsonLine.Write(_console.Output, json =>
            {
                json.WriteStartObject("done");
                json.WriteNumber("texts", judged.Count);
                json.WriteNumber("seconds", Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3));
                json.WriteEndObject();
            });
            return ExitCode.Success;
        }

        report.WriteScores();
        report.WriteSeparation();
        _console.Note("A score is no proof: judge by how it separates texts whose answer you know.");
        return ExitCode.Success;
    }

    private List<JudgedText> Judge(
        ParseResult result, ModelPackage package, ModelPackage? second, IReadOnlyList<(string Name, ITextDetector Detector)> detectors, List<LabelledText> texts, CancellationToken cancellation)
    {
        using var collector = new EvidenceCollector(package, _detectors.Evidence(result, package, second, detectors, _console, cancellation), _model.Passes(result), _model.Sequences(result));
        if (second is not null && !collector.SharesTokenizer) _console.Note("The second model has another tokenizer: detectors that need both models' distributions give no score.");
        var (judged, json) = (new List<JudgedText>(), _model.Json(result));
        _console.WithProgress("scoring", texts.Count, report =>
        {
            foreach (var text in texts)
            {
                var evidence = collector.Collect(text.Text, text.Variants, cancellation);
                if (evidence is null) throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{text.Source} has fewer than two tokens, so there is nothing to score."));
                var scores = detectors.Select(d => d.Detector.Score(evidence)).ToArray();
                judged.Add(new JudgedText(text, evidence.Statistics.Count, DivergenceCalibration.FirstPositions(evidence.Statistics).Count, scores));
                if (json) DetectionReport.WriteJson(_console, detectors, judged[^1], _question == DetectionQuestion.Membership ? FewTokens : FewForMachineText);
                report(judged.Count);
            }
        });
        return judged;
    }
}
