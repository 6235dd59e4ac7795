using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation;
using Tessera.Generation.Compression;
using Tessera.Tensors.Kernels;
using Tessera.Tokenizers.Compression;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera compress-text</c>: a file, shorter, without loss.</summary>
internal sealed class CompressTextCommand
{
    private const string Summary = "Compresses a file without loss, by what a model expects of it.";

    private const string Details = """
        What is likely takes few bits. By default a mixture of n-gram models learns from the text as it goes, in whole numbers: it takes less than gzip and Brotli, and any machine
        decompresses it. With -m a language model is asked, token by token, which takes less again and as long as generating the text. Then the container names the model, the arithmetic and the
        kernels, and is decompressed only where all of these are the same; the number of threads does not matter. Any bytes are taken.

        Examples:
          tessera compress-text book.txt -o book.tt
          tessera compress-text < book.txt > book.tt
          tessera compress-text -m model.gguf letter.txt -o letter.tt
          tessera compress-text book.txt -o book.tt --json

        With --json (it needs -o) one line {"done":{textBytes, containerBytes, bitsPerByte, coder, seconds}}; coder is what a decoder must have in common.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly ByteStreams _streams = new("The text");
    private readonly Option<bool> _fast = new("--fast") { Description = "With -m: computes with activations in 8 bits where weights are quantised. Default: in 32-bit floating point." };
    private readonly Option<int?> _context = new("--context") { Description = $"With -m: most tokens that the model sees before the next. Default {LanguageCoderOptions.Default.Context}, or the model's context where that is shorter.", HelpName = "N" };

    private CompressTextCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var compress = new CompressTextCommand(console);
        var command = new TaughtCommand("compress-text", Summary, Details);
        compress._streams.AddTo(command);
        command.Add(compress._fast);
        command.Add(compress._context);
        compress._model.AddTo(command, exact: false);
        command.SetAction(compress.InvokeAsync);
        return command;
    }

    private Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation) => Task.Run(() => Invoke(result, cancellation), cancellation);

    private int Invoke(ParseResult result, CancellationToken cancellation)
    {
        if (_model.Json(result) && !_streams.WritesFile(result)) throw new UsageException("--json needs a file for the container: -o FILE.");
        if (_model.Path(result) is null && (result.GetValue(_fast) || result.GetValue(_context) is not null)) throw new UsageException("--fast and --context are about a language model; name one with -m.");
        using var package = _model.Path(result) is null ? null : _model.Load(result, _console);
        using var language = package is null ? null : Language(package, result);
        BlockCoder coder = language is null ? new ByteMixtureCoder() : language;
        var (counts, start) = (default(TextCompressionResult), Stopwatch.GetTimestamp());
        _streams.Run(result, _console, isText: false, (input, length, output) => Progress(length, report => counts = TextCompressor.Compress(input, output, coder, report, cancellation)));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (_model.Json(result)) TextCompressionView.WriteJson(_console, counts, coder.Identity, seconds);
        else _console.Note(string.Create(CultureInfo.InvariantCulture, $"{counts.TextBytes:N0} bytes became {counts.ContainerBytes:N0}: {counts.BitsPerByte:F3} bits a byte ({seconds:F1} s)"));
        return ExitCode.Success;
    }

    private LanguageModelCoder Language(ModelPackage package, ParseResult result)
    {
        var context = result.GetValue(_context) ?? LanguageCoderOptions.Default.Context;
        var most = package.Language.ContextLength;
        if (context < LanguageCoderOptions.FewestContext || (result.GetValue(_context) is not null && context > most))
            throw new UsageException($"--context is a number from {LanguageCoderOptions.FewestContext} to the model's context of {most}.");
        return new LanguageModelCoder(package, new() { Arithmetic = result.GetValue(_fast) ? Arithmetic.Fast : Arithmetic.Exact, Context = context, Pool = _model.Pool(result) });
    }

    private void Progress(long? length, Action<IProgress<long>?> work)
    {
        if (length is null) work(null);
        else _console.WithProgress("compressing", length.Value, report => work(new TextCompressionView.Steps(report)));
    }
}
