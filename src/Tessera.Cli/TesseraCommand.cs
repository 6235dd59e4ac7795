using System.CommandLine;
using System.CommandLine.Help;
using Tessera.Cli.Commands;
using Tessera.Cli.Output;
using Tessera.Insight.Detection;

namespace Tessera.Cli;

/// <summary>The <c>tessera</c> command: from arguments to an exit code. Whatever goes wrong becomes one line that says what to do.</summary>
internal static class TesseraCommand
{
    private const string Description = """
        Runs, measures and converts language models, token by token.

        Examples:
          tessera run -m model.gguf "Why is the sky blue?"
          tessera chat -m model.gguf
          tessera info -m model.gguf
          tessera tokenize -m model.gguf "How is this cut?"
          tessera score -m model.gguf "How likely is each token of this?"

        Results go to the standard output, notes and progress to the standard error; --json makes results readable by programs.
        Exit codes: 0 it worked; 1 it did not; 2 wrong usage; 130 interrupted.
        """;

    /// <summary>Runs the command.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="console">Where it reads and writes.</param>
    /// <param name="cancellation">Ends it in an orderly way.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, CommandConsole console, CancellationToken cancellation = default)
    {
        var parsed = Create(console).Parse(args);
        try
        {
            if (parsed.Errors.Count > 0 && parsed.Action is not TaughtCommand.Help) throw new UsageException(parsed.Errors[0].Message);
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = console.Output, Error = console.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellation).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            Report(console, $"{OneLine(e.Message)} (See: {FullName(parsed.CommandResult.Command)} --help)");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is TesseraException or IOException or UnauthorizedAccessException)
        {
            Report(console, OneLine(e.Message));
            return ExitCode.Failure;
        }
        catch (NotSupportedException e) // a combination that the engine refuses by name
        {
            Report(console, OneLine(e.Message));
            return ExitCode.Failure;
        }
        catch (OutOfMemoryException)
        {
            Report(console, "There is not enough memory; take a smaller model or a smaller format of this one.");
            return ExitCode.Failure;
        }
        catch (Exception e) // a fault of this program; the user still gets a line instead of a trace
        {
            Report(console, $"unexpected {e.GetType().Name}: {OneLine(e.Message)}");
            return ExitCode.Failure;
        }
        finally
        {
            console.Output.Flush();
        }
    }

    private static RootCommand Create(CommandConsole console)
    {
        var root = new RootCommand(Description);
        root.Add(RunCommand.Create(console));
        root.Add(ChatCommand.Create(console));
        root.Add(InfoCommand.Create(console));
        root.Add(TokenizeCommand.Create(console));
        root.Add(TokenizerCommand.Create(console));
        root.Add(ScoreCommand.Create(console));
        root.Add(PerplexityCommand.Create(console));
        root.Add(BytesCommand.Create(console));
        root.Add(EmbedCommand.Create(console));
        root.Add(CompressCommand.Create(console));
        root.Add(CompressTextCommand.Create(console));
        root.Add(DecompressTextCommand.Create(console));
        root.Add(BenchCommand.Create(console));
        root.Add(QuantizeCommand.Create(console));
        root.Add(TrainDefaultCommand.Create(console));
        root.Add(MethodsCommand.Create(console));
        root.Add(ReproduceCommand.Create(console));
        root.Add(SteerCommand.Create(console));
        root.Add(DetectCommand.Create(console, DetectionQuestion.Membership));
        root.Add(DetectCommand.Create(console, DetectionQuestion.MachineText));
        var help = new TaughtCommand.Help();
        root.Options.OfType<HelpOption>().Single().Action = help;
        root.SetAction(help.Invoke);
        return root;
    }

    // As one would type it: verbs of verbs have the outer one in front.
    private static string FullName(Command command) =>
        command is RootCommand ? "tessera" : $"{FullName(command.Parents.OfType<Command>().First())} {command.Name}";

    private static void Report(CommandConsole console, string message)
    {
        console.Output.Flush();
        console.Error.WriteLine("tessera: " + message);
    }

    private static string OneLine(string message) => VisibleText.ForTerminal(message.ReplaceLineEndings(" "));
}
