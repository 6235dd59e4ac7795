using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Laboratory;
using Tessera.Learning.Data;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera reproduce</c>: a paper's claim beside what is measured here.</summary>
internal sealed class ReproduceCommand
{
    private const string Summary = "Runs a method's experiment at small scale and sets the paper's claim beside what was measured.";

    private const string Details = """
        The verdict can be "not reproduced". Seeds are fixed: two runs differ in times alone. Without a name it lists what can be reproduced.

        Examples:
          tessera reproduce
          tessera reproduce h2o -m model.gguf --texts documents/
          tessera reproduce typical -m model.gguf --texts book.txt --html typical.html
          tessera reproduce h2o -m model.gguf --texts addresses.jsonl --json > h2o.json
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly Argument<string?> _name = new("NAME") { Description = "The method.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> _texts = new("--texts") { Description = "Texts to measure on: .txt and .jsonl files (each line an object with a \"text\"), or folders of them.", HelpName = "PATH" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Names the random numbers. Default 0.", HelpName = "N" };
    private readonly Option<string?> _html = new("--html") { Description = "Writes a page with charts, all in one file.", HelpName = "FILE" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "Writes a document in Markdown.", HelpName = "FILE" };

    private ReproduceCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var reproduce = new ReproduceCommand(console);
        var command = new TaughtCommand("reproduce", Summary, Details) { reproduce._name, reproduce._texts, reproduce._seed, reproduce._html, reproduce._markdown };
        reproduce._model.AddTo(command);
        command.SetAction(reproduce.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        if (result.GetValue(_name) is not { } name)
        {
            WriteList(_model.Json(result));
            return ExitCode.Success;
        }

        var reproduction = Reproductions.All.FirstOrDefault(r => r.Method == name)
            ?? throw new UsageException($"There is no reproduction of '{name}'; there are {string.Join(", ", Reproductions.All.Select(r => r.Method))}.");
        var texts = ReadTexts(result.GetValue(_texts) ?? []);
        using var package = _model.Load(result, _console);
        var context = new ReproductionContext { Model = package, Texts = texts, Pool = _model.Pool(result), Seed = result.GetValue(_seed) };
        var start = Stopwatch.GetTimestamp();
        ReproductionReport report;
        try
        {
            report = await RunAsync(reproduction, context, cancellation).ConfigureAwait(false);
        }
        catch (ArgumentException e) // the model or the texts do not serve; the message says what is needed
        {
            throw new UsageException(e.Message);
        }

        var model = Path.GetFileName(_model.Path(result) is { } path ? Path.TrimEndingDirectorySeparator(path) : package.Model.Source);
        var head = new ReportHead($"Reproduction: {MethodCatalogue.Find(name)?.Paper ?? name}", reproduction.Summary, model, context.Pool.Threads, Stopwatch.GetElapsedTime(start).TotalSeconds);
        await WriteAsync(result, head, report, cancellation).ConfigureAwait(false);
        return ExitCode.Success;
    }

    private async Task<ReproductionReport> RunAsync(IReproduction reproduction, ReproductionContext context, CancellationToken cancellation)
    {
        ReproductionReport? report = null;
        await Task.Run(
            () => _console.WithProgress(reproduction.Method, 1, bar =>
            {
                var told = "";
                var progress = new Told<ReproductionProgress>(p =>
                {
                    bar(p.Done);
                    if (!_console.ErrorIsTerminal && p.What != told) _console.Note(told = p.What);
                });
                report = reproduction.RunAsync(context, progress, cancellation).GetAwaiter().GetResult(); // a bar is drawn by the thread that works
            }),
            cancellation).ConfigureAwait(false);
        return report!;
    }

    private async Task WriteAsync(ParseResult result, ReportHead head, ReproductionReport report, CancellationToken cancellation)
    {
        if (result.GetValue(_html) is { } html) await File.WriteAllTextAsync(html, HtmlReport.Write(head, report), new UTF8Encoding(false), cancellation).ConfigureAwait(false);
        if (result.GetValue(_markdown) is { } markdown) await File.WriteAllTextAsync(markdown, MarkdownReport.Write(head, report), new UTF8Encoding(false), cancellation).ConfigureAwait(false);
        if (_model.Json(result))
        {
            JsonLine.Write(_console.Output, json => ReportJson.Write(json, head, report));
            return;
        }

        foreach (var claim in report.Claims)
        {
            _console.Output.WriteLine("The paper:     " + claim.Claim);
            _console.Output.WriteLine("Measured here: " + claim.Measured);
            _console.Output.WriteLine("Verdict:       " + ReportJson.Name(claim.Verdict));
            _console.Output.WriteLine();
        }

        foreach (var table in report.Tables)
        {
            _console.Output.WriteLine(table.Title);
            var shown = new ResultTable([.. table.Columns]);
            foreach (var row in table.Rows) shown.Add([.. row]);
            shown.WriteTo(_console);
            _console.Output.WriteLine();
        }

        foreach (var note in report.Notes) _console.Output.WriteLine("Note: " + note);
    }

    private void WriteList(bool asJson)
    {
        var table = new ResultTable("method", "what is measured");
        foreach (var reproduction in Reproductions.All)
        {
            if (!asJson) table.Add(reproduction.Method, reproduction.Summary);
            else JsonLine.Write(_console.Output, json =>
            {
                json.WriteString("method", reproduction.Method);
                json.WriteString("summary", reproduction.Summary);
            });
        }

        if (!asJson) table.WriteTo(_console);
    }

    private static List<ReproductionText> ReadTexts(string[] paths)
    {
        try
        {
            return [.. TextFiles.ReadNamed(paths).Select(d => new ReproductionText(d.Name, d.Text))];
        }
        catch (FileNotFoundException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
