using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Tessera.Cli.Commands;

/// <summary>A command whose help ends with how it is used: what there is to know, and examples.</summary>
/// <param name="name">The name.</param>
/// <param name="summary">One line, for the list of commands.</param>
/// <param name="details">The rest.</param>
internal sealed class TaughtCommand(string name, string summary, string details) : Command(name, summary)
{
    /// <summary>Help of all commands: the parser's own, then what a command has to teach.</summary>
    internal sealed class Help : SynchronousCommandLineAction
    {
        private readonly HelpAction _usual = new();

        /// <inheritdoc/>
        public override int Invoke(ParseResult parseResult)
        {
            _usual.Invoke(parseResult);
            if (parseResult.CommandResult.Command is TaughtCommand command) parseResult.InvocationConfiguration.Output.WriteLine(command.Details + "\n");
            return ExitCode.Success;
        }
    }

    /// <summary>What there is to know beyond one line.</summary>
    public string Details { get; } = details;
}
