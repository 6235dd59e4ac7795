using System.CommandLine;
using Tessera.Cli.Loading;
using Tessera.Cli.Output;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer convert</c>: a tokenizer in another file format, with equal ids or not at all.</summary>
internal sealed class TokenizerConvertCommand
{
    private const string Summary = "Writes a tokenizer in another format.";

    private const string Details = """
        The ending of -o says which: .json (Hugging Face's tokenizer.json), .tiktoken (ranks), or .tok (Tessera's own, ready in a few
        milliseconds). A tokenizer that the format cannot express with equal ids is refused by name.

        A rank file holds neither the pattern that cuts text nor the control tokens: to be read again it has to bear the name of an encoding
        that has them (r50k_base, p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony).

        Examples:
          tessera tokenizer convert o200k_base.tiktoken -o tokenizer.json
          tessera tokenizer convert tokenizer.model -o tokenizer.json
          tessera tokenizer convert model.gguf -o tokenizer.json
          tessera tokenizer convert tokenizer.json -o o200k_base.tiktoken
          tessera tokenizer convert tokenizer.json -o tokenizer.tok
        """;

    private readonly CommandConsole _console;
    private readonly Argument<string> _tokenizer = TokenizerArguments.One();
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", HelpName = "FILE", Required = true };

    private TokenizerConvertCommand(CommandConsole console) => _console = console;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var convert = new TokenizerConvertCommand(console);
        var command = new TaughtCommand("convert", Summary, Details) { convert._tokenizer, convert._output };
        command.SetAction(convert.Invoke);
        return command;
    }

    private int Invoke(ParseResult result)
    {
        var output = result.GetRequiredValue(_output);
        Action<Tokenizer, string> write = Path.GetExtension(output).ToLowerInvariant() switch
        {
            ".json" => TokenizerJsonWriter.Write,
            ".tok" => static (tokenizer, path) => tokenizer.SaveCompact(path),
            ".tiktoken" => static (tokenizer, path) => tokenizer.SaveTiktoken(path),
            _ => throw new UsageException($"--output {output} ends in no format that is known: .json, .tiktoken or .tok."),
        };
        var tokenizer = TokenizerArguments.Load(result.GetRequiredValue(_tokenizer), _console);
        write(tokenizer, output);
        _console.Note($"{output}: {VisibleText.Size(new FileInfo(output).Length)}, {tokenizer.VocabularySize} ids");
        return ExitCode.Success;
    }
}
