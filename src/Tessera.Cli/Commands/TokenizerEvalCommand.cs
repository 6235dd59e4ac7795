using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer eval</c>: many tokenizers on many texts.</summary>
internal sealed class TokenizerEvalCommand
{
    private const string Summary = "Measures tokenizers: how short, fair, steady and fast they cut, and what their vocabularies are made of.";

    private const string Details = """
        Without --texts it looks at the vocabularies alone: control tokens, starts of words against what stands within them, scripts, pieces
        of characters, and how much any two share (Qtok). With texts, each is encoded once, and counted on the way: tokens a word (fertility),
        characters and bytes a token, words that were cut, unknown tokens, Rényi efficiency. More by options:

          --by code --reference eng    texts that say the same in many languages: what each pays in tokens beside the reference (parity)
          --words, --morphemes, --hunspell   the share of tokens that are words (%TR) and whole roots or affixes (%Pure) of a language
          --noise 0.05                 the share of cuts that stay where 5 % of the characters are corrupted
          --theory                     what a model without memory spends on the tokens, and how well frequent strings are covered (β)
          --speed                      megabytes a second on one core
          --scores FILE                correlations with scores of your own (name, tab, score): a hypothesis, not a proof

        Examples:
          tessera tokenizer eval gpt2/tokenizer.json model.gguf
          tessera tokenizer eval a.json b.json --texts book.txt talks.jsonl --html report.html
          tessera tokenizer eval a.json b.json --texts udhr.jsonl --by code --reference eng --json
          tessera tokenizer eval a.json --texts haber.txt --hunspell tr_TR.dic --turkish

        With --json one object: {"tokenizers": [{name, vocabularySize, composition, texts, total, parity, lexical, stability, theory,
        megabytesPerSecond, error}], "overlap": {names, jaccard}, "scripts", "languages", "correlations"}; what was not measured is null.
        """;

    private const double SpeedSeconds = 1; // at least so long each tokenizer is timed
    private const double BytesPerMegabyte = 1e6;

    private readonly CommandConsole _console;
    private readonly Argument<string[]> _tokenizers = TokenizerArguments.Many();
    private readonly Option<string[]> _texts = new("--texts") { Description = "Texts: files, .jsonl files (each line an object with a \"text\"), '-' for the standard input.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _by = new("--by") { Description = "The field of JSON lines that names a line's language or domain. Default: each file is one.", HelpName = "FIELD" };
    private readonly Option<string?> _reference = new("--reference") { Description = "The language of --by that the others are compared with; its texts must say the same.", HelpName = "NAME" };
    private readonly LexiconArguments _lexicon = new();
    private readonly Option<double> _noise = new("--noise") { Description = "The share of characters to corrupt for the steadiness of cuts, up to 1. Default 0: not measured.", HelpName = "RATE" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Names the random numbers of the noise. Default 0.", HelpName = "N" };
    private readonly Option<bool> _theory = new("--theory") { Description = "Bits a character of a model without memory, and the exponent β of heavy hitters; the text's first half teaches, the second is the test." };
    private readonly Option<bool> _speed = new("--speed") { Description = "Times encoding on one core." };
    private readonly Option<bool> _compatible = new("--compatible") { Description = "Classifies vocabularies exactly as the paper's program of Qtok does, its guesses included." };
    private readonly Option<string?> _scores = new("--scores") { Description = "Scores of models with these tokenizers: a name as in the tables, a tab, a number on each line.", HelpName = "FILE" };
    private readonly Option<string?> _html = new("--html") { Description = "Writes a page with charts, all in one file.", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object." };

    private TokenizerEvalCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var eval = new TokenizerEvalCommand(console);
        var command = new TaughtCommand("eval", Summary, Details) { eval._tokenizers, eval._texts, eval._by, eval._reference };
        eval._lexicon.AddTo(command);
        foreach (var option in (Option[])[eval._noise, eval._seed, eval._theory, eval._speed, eval._compatible, eval._scores, eval._html, eval._json]) command.Add(option);
        command.SetAction(eval.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var paths = result.GetRequiredValue(_tokenizers);
        var texts = await EvaluationTexts.ReadAsync(result.GetValue(_texts) ?? [], result.GetValue(_by), _console, cancellation).ConfigureAwait(false);
        var lexicon = await _lexicon.ReadAsync(result, cancellation).ConfigureAwait(false);
        var options = Options(result, texts, lexicon?.Lexicon);
        var (names, tokenizers) = (Names(paths), paths.Select(path => TokenizerArguments.Load(path, _console)).ToList());
        var evaluations = await Task.Run(() => Measure(names, tokenizers, texts, options, cancellation), cancellation).ConfigureAwait(false);
        var report = new TokenizerReport
        {
            Evaluations = evaluations,
            TextNames = [.. texts.Select(static t => t.Name)],
            Overlap = VocabularyOverlap.Matrix(tokenizers),
            Languages = result.GetValue(_by) is not null ? Languages(names, tokenizers, texts, options.Compatible, cancellation) : [],
            Speeds = result.GetValue(_speed) ? await Task.Run(() => Time(names, tokenizers, texts, evaluations, cancellation), cancellation).ConfigureAwait(false) : null,
            Reference = options.ReferenceLanguage,
            LexiconSource = lexicon?.Source,
            Scores = await ScoresAsync(result.GetValue(_scores), names, cancellation).ConfigureAwait(false),
        };
        await WriteAsync(result, report, Stopwatch.GetElapsedTime(start).TotalSeconds, cancellation).ConfigureAwait(false);
        return evaluations.All(static e => e.Error is null) ? ExitCode.Success : ExitCode.Failure;
    }

    private EvaluationOptions Options(ParseResult result, List<EvaluationText> texts, Tokenizers.Measures.Lexical.Lexicon? lexicon)
    {
        var (noise, reference) = (result.GetValue(_noise), result.GetValue(_reference));
        if (!(noise >= 0 && noise <= 1)) throw new UsageException("--noise is a share from 0 to 1.");
        if (reference is not null && result.GetValue(_by) is null) throw new UsageException("--reference names a language of --by; say which field holds the language, such as --by code.");
        if (reference is not null && texts.All(t => t.Name != reference)) throw new UsageException($"There is no text of '{reference}'; there are {string.Join(", ", texts.Take(8).Select(static t => t.Name))}{(texts.Count > 8 ? " …" : "")}.");
        if (texts.Count == 0 && (noise > 0 || lexicon is not null || result.GetValue(_theory) || result.GetValue(_speed))) throw new UsageException("That needs texts; name some with --texts.");
        return new EvaluationOptions { ReferenceLanguage = reference, Lexicon = lexicon, Noise = noise, Seed = result.GetValue(_seed), Theory = result.GetValue(_theory), Compatible = result.GetValue(_compatible) };
    }

    private List<TokenizerEvaluation> Measure(List<string> names, List<Tokenizer> tokenizers, List<EvaluationText> texts, EvaluationOptions options, CancellationToken cancellation)
    {
        var characters = Math.Max(1, texts.Sum(static t => t.Texts.Sum(static x => (long)x.Length)));
        var evaluations = new List<TokenizerEvaluation>();
        _console.WithProgress("measuring", tokenizers.Count * characters, bar =>
        {
            for (var i = 0; i < tokenizers.Count; i++)
            {
                if (!_console.ErrorIsTerminal) _console.Note($"measuring {names[i]}");
                var before = i * characters;
                evaluations.Add(TokenizerEvaluation.Measure(names[i], tokenizers[i], texts, options, new Told<long>(done => bar(before + done)), cancellation));
            }
        });
        return evaluations;
    }

    private static List<VocabularyLanguages> Languages(List<string> names, List<Tokenizer> tokenizers, List<EvaluationText> texts, bool compatible, CancellationToken cancellation)
    {
        var entries = tokenizers.Select(static t => VocabularyEntry.Of(t).ToList()).ToList();
        var map = TokenLanguageMap.Build(texts.SelectMany(static t => t.Texts.Select(x => (t.Name, x))), entries.SelectMany(static e => e).Where(static e => e.Text is not null).Select(static e => e.Text!), cancellation);
        var classifier = new VocabularyClassifier(compatible);
        return [.. names.Zip(entries, (name, own) => VocabularyLanguages.Of(name, own, classifier, map))];
    }

    /// <summary>Megabytes a second of each tokenizer, the best of passes over all texts in turn, so that a busy moment hits no one alone.</summary>
    private List<double> Time(List<string> names, List<Tokenizer> tokenizers, List<EvaluationText> texts, List<TokenizerEvaluation> evaluations, CancellationToken cancellation)
    {
        byte[][] utf8 = [.. texts.SelectMany(static t => t.Texts).Select(Encoding.UTF8.GetBytes)];
        var megabytes = utf8.Sum(static u => (long)u.Length) / BytesPerMegabyte;
        var best = new double[tokenizers.Count];
        var spent = new double[tokenizers.Count];
        _console.WithProgress("timing", names.Count * SpeedSeconds, bar =>
        {
            while (Enumerable.Range(0, best.Length).Any(i => Pending(i)))
            {
                for (var i = 0; i < best.Length; i++)
                {
                    if (!Pending(i)) continue;
                    var start = Stopwatch.GetTimestamp();
                    foreach (var text in utf8)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        tokenizers[i].CountTokens(text, EncodeOptions.PlainText);
                    }

                    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    spent[i] += Math.Max(seconds, 1e-3);
                    best[i] = Math.Max(best[i], megabytes / Math.Max(seconds, 1e-9));
                    bar(spent.Sum(static s => Math.Min(s, SpeedSeconds)));
                }
            }
        });
        return [.. best.Select((b, i) => evaluations[i].Error is null ? b : double.NaN)];

        bool Pending(int i) => evaluations[i].Error is null && spent[i] < SpeedSeconds;
    }

    private static async Task<Dictionary<string, double>?> ScoresAsync(string? path, List<string> names, CancellationToken cancellation)
    {
        if (path is null) return null;
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in await File.ReadAllLinesAsync(path, cancellation).ConfigureAwait(false))
        {
            number++;
            if (line.Length == 0) continue;
            var columns = line.Split('\t', StringSplitOptions.TrimEntries);
            if (columns.Length < 2 || !double.TryParse(columns[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var score) || !double.IsFinite(score))
                throw new MalformedInputException(path, $"line {number}", "a name, a tab and a number are expected");
            if (!names.Contains(columns[0])) throw new UsageException($"{path} scores '{columns[0]}', which is none of the tokenizers here: {string.Join(", ", names)}.");
            scores[columns[0]] = score;
        }

        return scores.Count >= Correlation.FewestRows ? scores : throw new UsageException($"A correlation of {scores.Count} tokenizers says nothing; score at least {Correlation.FewestRows}.");
    }

    private async Task WriteAsync(ParseResult result, TokenizerReport report, double seconds, CancellationToken cancellation)
    {
        if (result.GetValue(_html) is { } html)
        {
            var head = new ReportHead("Tokenizers, measured", report.Summary, string.Join(", ", report.Evaluations.Select(static e => e.Name)), 1, seconds) { Subject = "Tokenizers" };
            await File.WriteAllTextAsync(html, HtmlReport.Write(head, report.Charts(), report.Tables(), report.Notes(), json => TokenizerReportJson.Write(json, report)), new UTF8Encoding(false), cancellation).ConfigureAwait(false);
        }

        if (result.GetValue(_json))
        {
            JsonLine.Write(_console.Output, json => TokenizerReportJson.Write(json, report));
            return;
        }

        foreach (var table in report.Tables())
        {
            _console.Output.WriteLine(table.Title);
            var shown = new ResultTable([.. table.Columns.Select(static (c, i) => i == 0 ? c : "#" + c)]);
            foreach (var row in table.Rows) shown.Add([.. row]);
            shown.WriteTo(_console);
            _console.Output.WriteLine();
        }

        foreach (var note in report.Notes()) _console.Output.WriteLine("Note: " + note);
    }

    /// <summary>Short names; a number behind those that would be alike.</summary>
    private static List<string> Names(string[] paths)
    {
        var names = new List<string>();
        foreach (var path in paths)
        {
            var (name, number) = (TokenizerArguments.NameOf(path), 1);
            while (names.Contains(number == 1 ? name : $"{name} {number}")) number++;
            names.Add(number == 1 ? name : $"{name} {number}");
        }

        return names;
    }
}
