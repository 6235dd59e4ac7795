using System.CommandLine;
using Tessera.Cli.Output;

namespace Tessera.Cli.Loading;

/// <summary>A file or the standard input that a command reads, and a file or the standard output that it writes, byte by byte.</summary>
/// <param name="what">What the file is, for the help.</param>
internal sealed class ByteStreams(string what)
{
    private readonly Argument<string?> _input = new("FILE") { Description = $"{what}; '-' or nothing reads the standard input.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to write. It appears when it is whole. Default: the standard output.", HelpName = "FILE" };

    /// <summary>Adds the argument and the option to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_input);
        command.Add(_output);
    }

    /// <summary>What errors call the input.</summary>
    public string Name(ParseResult result) => InputPath(result) ?? "standard input";

    /// <summary>Whether results go to a file.</summary>
    public bool WritesFile(ParseResult result) => OutputPath(result) is not null;

    /// <summary>Opens both, works, and renames the file that was written; removes it where that fails.</summary>
    /// <param name="result">The call.</param>
    /// <param name="console">Gives the standard streams.</param>
    /// <param name="isText">Whether a person may look at the output.</param>
    /// <param name="work">Is given the input, its length (null where unknown) and the output.</param>
    public void Run(ParseResult result, CommandConsole console, bool isText, Action<Stream, long?, Stream> work)
    {
        var (from, to) = (InputPath(result), OutputPath(result));
        if (from is null && console.InputIsTerminal) throw new UsageException("Name a file, or redirect the standard input.");
        if (to is null && console.OutputIsTerminal && !isText) throw new UsageException("The result is no text: name a file for it with -o FILE, or redirect the standard output.");
        if (from is not null && to is not null && Path.GetFullPath(from) == Path.GetFullPath(to)) throw new UsageException("The output would replace the input; name another file with -o.");
        if (from is null && console.InputBytes is null) throw new UsageException("Name a file to read.");
        using var input = from is null ? null : File.OpenRead(from);
        if (to is null)
        {
            var output = console.OutputBytes ?? throw new UsageException("Name a file to write with -o FILE.");
            work(input ?? console.InputBytes!, input?.Length, output);
            output.Flush();
            return;
        }

        var part = to + ".part";
        try
        {
            using (var output = File.Create(part)) work(input ?? console.InputBytes!, input?.Length, output);
            File.Move(part, to, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    private string? InputPath(ParseResult result) => result.GetValue(_input) is { } path && path != "-" ? path : null;

    private string? OutputPath(ParseResult result) => result.GetValue(_output) is { } path && path != "-" ? path : null;
}
