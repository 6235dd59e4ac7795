using System.CommandLine;
using Tessera.Cli.Output;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera tokenizer windows</c>: equal-info windows, arithmetic coding as a tokenization.</summary>
internal static class TokenizerWindowsCommand
{
    private const string Summary = "Equal-info windows: tokens that carry the same information, by arithmetic coding.";

    private const string Details = """
        A byte model is counted from texts; then a text is cut where its arithmetic code fills a window of bits, and the bits are the tokens (arXiv 2404.03626). As a table, each token of
        16 bits stands for fixed bytes, so that tokens alone give the text back.

          tessera tokenizer windows fit book.txt -o book.ngram --order 3
          tessera tokenizer windows show book.ngram "Call me Ishmael."
          tessera tokenizer windows show book.ngram --table "Call me Ishmael."
        """;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var command = new TaughtCommand("windows", Summary, Details);
        command.Add(TokenizerWindowsFitCommand.Create(console));
        command.Add(TokenizerWindowsShowCommand.Create(console));
        command.SetAction(static int (ParseResult _) => throw new UsageException("Say what to do: fit or show."));
        return command;
    }
}
