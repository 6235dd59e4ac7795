using System.CommandLine;
using Tessera.Cli.Output;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer</c>: everything that is done with a tokenizer itself, without a model.</summary>
internal static class TokenizerCommand
{
    private const string Summary = "Looks into tokenizers, trains, converts and verifies them.";

    private const string Details = """
        A tokenizer is named by a file (tokenizer.json, SentencePiece's .model, a .tiktoken with the name of its encoding, .gguf) or by a model's
        directory; weights are not needed.

          tessera tokenizer inspect tokenizer.json "unbelievable"
          tessera tokenizer train corpus.jsonl --vocabulary-size 32000 --out tokenizer.json
          tessera tokenizer convert tokenizer.model -o tokenizer.json
          tessera tokenizer verify tokenizer.json --text book.txt
          tessera tokenizer windows fit book.txt -o book.ngram
          tessera tokenizer eval a.json b.json --texts book.txt --html report.html
          tessera tokenizer compare a.json b.json "Where do they differ?"
          tessera tokenizer terms tokenizer.json --terms drugs.tsv "Take metformin daily."
        """;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var command = new TaughtCommand("tokenizer", Summary, Details);
        command.Add(TokenizerInspectCommand.Create(console));
        command.Add(TokenizerTrainCommand.Create(console));
        command.Add(TokenizerConvertCommand.Create(console));
        command.Add(TokenizerVerifyCommand.Create(console));
        command.Add(TokenizerWindowsCommand.Create(console));
        command.Add(TokenizerEvalCommand.Create(console));
        command.Add(TokenizerCompareCommand.Create(console));
        command.Add(TokenizerTermsCommand.Create(console));
        command.SetAction(int (ParseResult _) => throw new UsageException($"Say what to do: {string.Join(", ", command.Subcommands.Select(static c => c.Name))}."));
        return command;
    }
}
