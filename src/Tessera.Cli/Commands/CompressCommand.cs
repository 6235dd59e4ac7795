using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Context.Compression;
using Tessera.Generation;
using Tessera.Tokenizers;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera compress</c>: prompts without the words that a model can do without.</summary>
internal sealed class CompressCommand
{
    private const string Summary = "Shortens a prompt by dropping the words that carry least.";

    private const string Details = """
        An encoder reads the text and says of each word whether it is worth keeping (LLMLingua-2, arXiv 2403.12968). Words are dropped, never changed, added or moved. It takes an encoder that
        was taught this, such as microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank or -xlm-roberta-large-meetingbank; they are not part of this program: fetch the folder from
        Hugging Face (config.json, model.safetensors, tokenizer.json, tokenizer_config.json) and name it with -m.

        Examples:
          tessera compress -m ENCODER meeting.txt > short.txt
          tessera compress -m ENCODER --rate 0.33 --force-token "\n" --force-token "?" meeting.txt
          tessera compress -m ENCODER --target-tokens 500 --count-with model.gguf - < book.txt
          tessera compress -m ENCODER --filter-contexts --rate 0.3 a.txt b.txt c.txt
          tessera compress -m ENCODER --show --keep-digits meeting.txt

        Each chunk of 512 tokens keeps its own share, so totals come near the target and don't meet it. With --json a line {"context":{index, kept, text, words:[{text, probability, kept,
        start}]}} for each file, and at last {"done":{originalTokens, compressedTokens, ratio, rate, words, keptWords, thresholds, seconds}}; start counts UTF-16 units.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly CompressionArguments _compression = new();
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "The texts, in UTF-8; '-' reads the standard input.", Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _countWith = new("--count-with")
    {
        Description = "The model that will read the prompt: its tokens are counted. Default: the encoder's.", HelpName = "FILE-or-DIRECTORY",
    };

    private readonly Option<bool> _show = new("--show") { Description = "Shows the whole text with what is dropped marked: struck through in a terminal, [-so-] elsewhere." };

    private CompressCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var compress = new CompressCommand(console);
        var command = new TaughtCommand("compress", Summary, Details) { compress._files };
        compress._compression.AddTo(command);
        command.Add(compress._countWith);
        command.Add(compress._show);
        compress._model.AddTo(command);
        command.SetAction(compress.InvokeAsync);
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation)
    {
        var options = _compression.Options(result);
        if (_model.Path(result) is null) throw new UsageException("Name an encoder with -m DIRECTORY, such as microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank from Hugging Face.");
        var contexts = new List<string>();
        foreach (var file in result.GetValue(_files) ?? [])
            contexts.Add(file == "-" ? await _console.ReadToEndAsync(cancellation).ConfigureAwait(false) : await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false));
        var counter = result.GetValue(_countWith) is { } path ? ModelText.Load(path).Tokenizer : null;
        using var package = _model.Load(result, _console);
        using var compressor = Compressor(package, options, counter, result);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var prompt = await Task.Run(() => Compress(compressor, contexts, cancellation), cancellation).ConfigureAwait(false);
        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (_model.Json(result)) WriteJson(prompt, seconds);
        else if (result.GetValue(_show)) CompressionView.Write(_console, contexts, prompt);
        else _console.Output.Write(prompt.Text);
        if (!_model.Json(result)) _console.Note(Told(prompt, seconds));
        return ExitCode.Success;
    }

    private LlmLingua2 Compressor(ModelPackage package, LlmLingua2Options options, Tokenizer? counter, ParseResult result) =>
        UsageException.Guard(() => new LlmLingua2(package, options, counter, _model.Passes(result)));

    private CompressedPrompt Compress(LlmLingua2 compressor, List<string> contexts, CancellationToken cancellation)
    {
        CompressedPrompt? prompt = null;
        _console.WithProgress("reading", 1, report => prompt = compressor.Compress(contexts, new Steps(report), cancellation));
        return prompt!;
    }

    private static string Told(CompressedPrompt prompt, double seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"{prompt.OriginalTokens} tokens became {prompt.CompressedTokens} ({prompt.Ratio:F1} times shorter); {prompt.Words.Count(static w => w.Kept)} of {prompt.Words.Count} words kept ({seconds:F1} s)");

    private void WriteJson(CompressedPrompt prompt, double seconds)
    {
        var kept = 0;
        var words = prompt.Words.ToLookup(static w => w.Context);
        for (var i = 0; i < prompt.ContextKept.Count; i++)
        {
            var (index, text) = (i, prompt.ContextKept[i] ? prompt.Contexts[kept++] : "");
            JsonLine.Write(_console.Output, json =>
            {
                json.WriteStartObject("context");
                json.WriteNumber("index", index);
                json.WriteBoolean("kept", prompt.ContextKept[index]);
                if (prompt.ContextScores.Count > 0) json.Number("score", prompt.ContextScores[index]);
                json.WriteString("text", text);
                json.WriteStartArray("words");
                foreach (var word in words[index]) WriteWord(json, word);
                json.WriteEndArray();
                json.WriteEndObject();
            });
        }

        JsonLine.Write(_console.Output, json => WriteDone(json, prompt, seconds));
    }

    private static void WriteWord(System.Text.Json.Utf8JsonWriter json, LabelledWord word)
    {
        json.WriteStartObject();
        json.WriteString("text", word.Text);
        json.Number("probability", word.Probability);
        json.WriteBoolean("kept", word.Kept);
        json.WriteNumber("start", word.Start);
        json.WriteEndObject();
    }

    private static void WriteDone(System.Text.Json.Utf8JsonWriter json, CompressedPrompt prompt, double seconds)
    {
        json.WriteStartObject("done");
        json.WriteNumber("originalTokens", prompt.OriginalTokens);
        json.WriteNumber("compressedTokens", prompt.CompressedTokens);
        json.Number("ratio", prompt.Ratio);
        json.Number("rate", prompt.Rate);
        json.WriteNumber("words", prompt.Words.Count);
        json.WriteNumber("keptWords", prompt.Words.Count(static w => w.Kept));
        json.WriteStartArray("thresholds");
        foreach (var threshold in prompt.Thresholds)
        {
            json.WriteStartObject();
            json.WriteNumber("values", threshold.Values);
            json.WriteNumber("percentile", threshold.Percentile);
            json.Number("value", threshold.Value);
            json.Number("margin", threshold.Margin);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("seconds", Math.Round(seconds, 3));
        json.WriteEndObject();
    }

    // Tells at once, on the thread that computes.
    private sealed class Steps(Action<double> report) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => report((double)value.Chunks / value.Total);
    }
}
