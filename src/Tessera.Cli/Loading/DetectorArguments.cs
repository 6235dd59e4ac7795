using System.CommandLine;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Insight.Detection;
using Tessera.Laboratory;
using Tessera.Learning.Data;

namespace Tessera.Cli.Loading;

/// <summary>The options that say which detectors judge a text, and what they judge by.</summary>
internal sealed class DetectorArguments
{
    private readonly DetectionQuestion _question;
    private readonly Option<string[]> _detectors;
    private readonly Option<string[]> _reference = new("--reference")
    {
        Description = "A corpus for the frequencies that dc-pdd needs: text files, .jsonl files or folders of the same language, ten million tokens or more at best; or a table that --save-frequencies wrote. May be given several times.",
        HelpName = "CORPUS",
    };

    private readonly Option<string?> _save = new("--save-frequencies") { Description = "Writes the corpus' token frequencies, so that it is counted once.", HelpName = "FILE" };
    private readonly Option<string?> _second = new("--second-model") { Description = "A second model, for detectors that compare two.", HelpName = "FILE-or-DIRECTORY" };
    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Cuts each text after so many tokens: compare texts of one length only. Default 1024.", HelpName = "N", DefaultValueFactory = static _ => 1024 };

    /// <summary>The options for a question.</summary>
    public DetectorArguments(DetectionQuestion question)
    {
        _question = question;
        _detectors = new("--detector", "-d")
        {
            Description = $"A detector, its options behind a colon (min-k:share=0.1); may be given several times. Default: all that have what they need, of {string.Join(", ", All(question).Select(d => d.Name))}. See: tessera methods --stage insight",
            HelpName = "NAME[:OPTION=VALUE,…]",
        };
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_detectors);
        if (_question == DetectionQuestion.Membership)
        {
            command.Add(_reference);
            command.Add(_save);
        }

        command.Add(_second);
        command.Add(_maxTokens);
    }

    /// <summary>The detectors that are asked for, by what people call them.</summary>
    /// <exception cref="UsageException">There is no such detector, or an option of it is wrong.</exception>
    public IReadOnlyList<(string Name, ITextDetector Detector)> Detectors(ParseResult result)
    {
        var given = result.GetValue(_detectors) ?? [];
        if (given.Length == 0) return [.. All(_question)];
        return [.. given.Select(text =>
        {
            var detector = UsageException.Guard(() => MethodCatalogue.Create<ITextDetector>(MethodStage.Insight, text));
            return detector.Question == _question ? (text, detector) : throw new UsageException($"{text} answers another question; there are {string.Join(", ", All(_question).Select(d => d.Name))}.");
        })];
    }

    /// <summary>The second model; null where none is named.</summary>
    public ModelPackage? Second(ParseResult result) => result.GetValue(_second) is { } path ? ModelPackage.Load(path) : null;

    /// <summary>What to gather of each text.</summary>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public EvidenceOptions Evidence(ParseResult result, ModelPackage package, ModelPackage? second, IReadOnlyList<(string Name, ITextDetector Detector)> detectors, CommandConsole console, CancellationToken cancellation)
    {
        if (result.GetValue(_maxTokens) is < 2) throw new UsageException("--max-tokens is a number from 2.");
        return new EvidenceOptions
        {
            MaxTokens = result.GetValue(_maxTokens), Lowercase = detectors.Any(static d => d.Detector is LowercaseDetector), SecondModel = second,
            Frequencies = _question == DetectionQuestion.Membership ? Frequencies(result, package, console, cancellation) : null,
        };
    }

    private TokenFrequencyTable? Frequencies(ParseResult result, ModelPackage package, CommandConsole console, CancellationToken cancellation)
    {
        var paths = result.GetValue(_reference) ?? [];
        if (paths.Length == 0) return result.GetValue(_save) is null ? null : throw new UsageException("--save-frequencies needs a corpus to count: --reference CORPUS.");
        var tokenizer = package.Text.Tokenizer;
        if (paths is [var only] && only.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) return TokenFrequencyTable.Load(only, tokenizer);
        var counter = new TokenFrequencyCounter(tokenizer);
        console.Note("Counting the tokens of the reference corpus …");
        foreach (var document in TextFiles.Read(paths))
        {
            cancellation.ThrowIfCancellationRequested();
            counter.Add(document);
        }

        var table = counter.ToTable();
        console.Note(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Counted {table.Total:N0} tokens of {table.Documents:N0} documents (at most {counter.TokensPerDocument} of each)."));
        if (table.Total == 0) throw new UsageException("--reference names no text.");
        if (result.GetValue(_save) is { } file) table.Save(file);
        return table;
    }

    private static IEnumerable<(string Name, ITextDetector Detector)> All(DetectionQuestion question)
    {
        foreach (var method in MethodCatalogue.OfStage(MethodStage.Insight))
        {
            if (method.Factory?.Invoke(MethodSettings.None) is ITextDetector detector && detector.Question == question) yield return (method.Name, detector);
        }
    }
}
