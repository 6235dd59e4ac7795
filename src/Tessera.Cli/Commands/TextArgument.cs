using System.CommandLine;
using Tessera.Cli.Output;

namespace Tessera.Cli.Commands;

/// <summary>A text that a command works on: an argument, or the standard input as it is, to the last byte.</summary>
internal static class TextArgument
{
    /// <summary>The argument.</summary>
    public static Argument<string?> Create() => new("TEXT")
    {
        Description = "The text; '-' reads it from the standard input, as does leaving it out where the input is redirected.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Its value.</summary>
    public static async Task<string> ReadAsync(string? argument, CommandConsole console, CancellationToken cancellation) => argument switch
    {
        null when console.InputIsTerminal => throw new UsageException("Give a text, or '-' to read it from the standard input."),
        null or "-" => await console.ReadToEndAsync(cancellation).ConfigureAwait(false),
        _ => argument,
    };
}
