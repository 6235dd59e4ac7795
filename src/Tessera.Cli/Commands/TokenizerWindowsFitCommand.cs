using System.CommandLine;
using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Tokenizers.Coding;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer windows fit</c>: counts a byte model.</summary>
internal sealed class TokenizerWindowsFitCommand
{
    private const string Summary = "Counts a byte model from texts.";

    private const string Details = """
        The model is in whole numbers, so that it says the same on every machine; its file takes about three bytes for each different run of order + 1 bytes.

        Examples:
          tessera tokenizer windows fit book.txt -o book.ngram
          tessera tokenizer windows fit a.txt b.txt --order 2 -o small.ngram --json

        With --json: {"order", "textBytes", "grams", "fileBytes"}.
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string[]> _files = new("FILE") { Description = "The texts, as bytes.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The model's file.", HelpName = "FILE", Required = true };
    private readonly Option<int> _order = new("--order") { Description = $"Bytes of context, 0 to {NGramByteModel.MaxOrder}. Default 3.", HelpName = "N", DefaultValueFactory = static _ => 3 };
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON." };

    private TokenizerWindowsFitCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var fit = new TokenizerWindowsFitCommand(console);
        var command = new TaughtCommand("fit", Summary, Details) { fit._files, fit._output, fit._order, fit._json };
        command.SetAction((result, cancellation) => Task.Run(() => fit.Invoke(result, cancellation), cancellation));
        return command;
    }

    private int Invoke(ParseResult result, CancellationToken cancellation)
    {
        var order = result.GetValue(_order);
        if (order is < 0 or > NGramByteModel.MaxOrder) throw new UsageException($"--order is a number from 0 to {NGramByteModel.MaxOrder}.");
        var files = result.GetValue(_files) ?? [];
        var length = files.Sum(static f => new FileInfo(f).Length);
        if (length > NGramByteModel.MaxTextBytes) throw new ResourceLimitException("bytes of text", length, NGramByteModel.MaxTextBytes, "Take fewer texts.");
        byte[] text = [.. files.SelectMany(static f => File.ReadAllBytes(f))];
        NGramByteModel model = null!;
        _console.WithProgress("counting", order + 1, _ => model = NGramByteModel.Train(text, order, cancellation));
        var path = result.GetRequiredValue(_output);
        NGramFile.Save(model, path);
        var fileBytes = new FileInfo(path).Length;
        if (!result.GetValue(_json))
        {
            _console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text.Length:N0} bytes of text, {model.GramCount:N0} grams, {fileBytes:N0} bytes in {path}"));
            return ExitCode.Success;
        }

        JsonLine.Write(_console.Output, json =>
        {
            json.WriteNumber("order", order);
            json.WriteNumber("textBytes", text.Length);
            json.WriteNumber("grams", model.GramCount);
            json.WriteNumber("fileBytes", fileBytes);
        });
        return ExitCode.Success;
    }
}
