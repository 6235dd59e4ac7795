using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Generation.Compression;
using Tessera.Tokenizers.Compression;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera decompress-text</c>: what <c>compress-text</c> made short.</summary>
internal sealed class DecompressTextCommand
{
    private const string Summary = "Gives back what compress-text compressed.";

    private const string Details = """
        The container says what coded it. Where that was a language model, name the same one with -m: another model, or other kernels (another kind of processor), is refused before
        anything is written. Every block is checked before it is written, and the whole at the end.

        Examples:
          tessera decompress-text book.tt -o book.txt
          tessera decompress-text < book.tt | less
          tessera decompress-text -m model.gguf letter.tt

        With --json (it needs -o) one line {"done":{textBytes, containerBytes, bitsPerByte, coder, seconds}}.
        """;

    private readonly CommandConsole _console;
    private readonly ModelArguments _model = new();
    private readonly ByteStreams _streams = new("The container");
    private readonly Option<long?> _most = new("--max-bytes") { Description = "Refuses to write more: a small container from a stranger can hold a very long text. Default: any.", HelpName = "N" };

    private DecompressTextCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var decompress = new DecompressTextCommand(console);
        var command = new TaughtCommand("decompress-text", Summary, Details);
        decompress._streams.AddTo(command);
        command.Add(decompress._most);
        decompress._model.AddTo(command, exact: false);
        command.SetAction(decompress.InvokeAsync);
        return command;
    }

    private Task<int> InvokeAsync(ParseResult result, CancellationToken cancellation) => Task.Run(() => Invoke(result, cancellation), cancellation);

    private int Invoke(ParseResult result, CancellationToken cancellation)
    {
        if (_model.Json(result) && !_streams.WritesFile(result)) throw new UsageException("--json needs a file for the text: -o FILE.");
        if (result.GetValue(_most) is < 0) throw new UsageException("--max-bytes is a number of bytes, 0 or more.");
        IReadOnlyList<KeyValuePair<string, string>> coder = [];
        var (counts, start) = (default(TextCompressionResult), Stopwatch.GetTimestamp());
        _streams.Run(result, _console, isText: true, (input, length, output) =>
        {
            var container = TextDecompressor.Open(input, _streams.Name(result));
            coder = container.Identity;
            if (length is null) counts = Decompress(result, container, output, null, cancellation);
            else _console.WithProgress("decompressing", length.Value, report => counts = Decompress(result, container, output, new TextCompressionView.Steps(_ => report(input.Position)), cancellation));
        });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (_model.Json(result)) TextCompressionView.WriteJson(_console, counts, coder, seconds);
        else if (_streams.WritesFile(result)) _console.Note(string.Create(CultureInfo.InvariantCulture, $"{counts.ContainerBytes:N0} bytes became {counts.TextBytes:N0} ({seconds:F1} s)"));
        return ExitCode.Success;
    }

    private TextCompressionResult Decompress(ParseResult result, TextDecompressor container, Stream output, IProgress<long>? progress, CancellationToken cancellation)
    {
        var most = result.GetValue(_most) ?? long.MaxValue;
        if (!container.NeedsModel) return container.Decompress(output, null, most, progress, cancellation);
        if (_model.Path(result) is null) throw new UsageException($"A language model coded this; name it with -m. Its hash is {VisibleText.ForTerminal(container.Fact("model") ?? "not told")}.");
        using var package = _model.Load(result, _console);
        using var coder = LanguageModelCoder.For(package, container, _model.Pool(result));
        return container.Decompress(output, coder, most, progress, cancellation);
    }
}
