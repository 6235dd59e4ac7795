using System.Text;
using Spectre.Console;

namespace Tessera.Cli.Output;

/// <summary>
/// Where a command reads and writes: results on the output, everything else (notes, progress, errors) on the error stream, so that a
/// result can be piped. Colour, tables and progress bars only where a person looks: on a stream that is a terminal.
/// </summary>
internal sealed class CommandConsole : IDisposable
{
    private const int RedirectedWidth = 10_000; // nobody wraps lines in a file

    private readonly Lazy<IAnsiConsole> _pretty;
    private readonly Lazy<IAnsiConsole> _prettyError;

    /// <summary>Creates a console over given streams; none is a terminal.</summary>
    public CommandConsole(TextWriter output, TextWriter error, TextReader input)
    {
        (Output, Error, Input) = (output, error, input);
        _pretty = new(() => Create(Output, OutputIsTerminal));
        _prettyError = new(() => Create(Error, ErrorIsTerminal));
    }

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Notes and errors.</summary>
    public TextWriter Error { get; }

    /// <summary>What the user types or pipes in.</summary>
    public TextReader Input { get; }

    /// <summary>The output for results that are no text; null where there is none.</summary>
    public Stream? OutputBytes { get; init; }

    /// <summary>The input for what is no text; null where there is none. It is read in place of <see cref="Input"/>.</summary>
    public Stream? InputBytes { get; init; }

    /// <summary>Whether a person sees the output.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person sees notes and progress.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether a person types the input.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>The output for tables and colour.</summary>
    public IAnsiConsole Pretty => _pretty.Value;

    /// <summary>The error stream for colour and progress.</summary>
    public IAnsiConsole PrettyError => _prettyError.Value;

    /// <summary>The console of this process, in UTF-8.</summary>
    public static CommandConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected) Console.OutputEncoding = utf8;
        return new CommandConsole(
            new StreamWriter(Console.OpenStandardOutput(), utf8) { NewLine = "\n" },
            new StreamWriter(Console.OpenStandardError(), utf8) { NewLine = "\n", AutoFlush = true },
            Console.IsInputRedirected ? new StreamReader(Console.OpenStandardInput(), utf8) : Console.In)
        {
            OutputBytes = Console.OpenStandardOutput(),
            InputBytes = Console.OpenStandardInput(),
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            InputIsTerminal = !Console.IsInputRedirected,
        };
    }

    /// <summary>The next line of the input; null at its end.</summary>
    public Task<string?> ReadLineAsync(CancellationToken cancellation) => ReadAsync(Input.ReadLine, cancellation);

    /// <summary>The rest of the input.</summary>
    public Task<string> ReadToEndAsync(CancellationToken cancellation) => ReadAsync(Input.ReadToEnd, cancellation);

    /// <summary>A line for the user that is no result.</summary>
    public void Note(string text)
    {
        Output.Flush(); // in a terminal both streams stand below each other
        if (ErrorIsTerminal) PrettyError.Write(new Text(text + "\n", new Style(decoration: Decoration.Dim)));
        else Error.WriteLine(text);
    }

    /// <summary>Runs work under a progress bar on the error stream; without one where nobody looks.</summary>
    /// <param name="description">What is done.</param>
    /// <param name="total">How much there is to do.</param>
    /// <param name="work">Is given a function that takes how much is done.</param>
    public void WithProgress(string description, double total, Action<Action<double>> work)
    {
        if (!ErrorIsTerminal)
        {
            work(static _ => { });
            return;
        }

        Output.Flush();
        PrettyError.Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask(Markup.Escape(description), maxValue: total);
            work(done => task.Value = done);
        });
    }

    /// <summary>Writes out what is pending.</summary>
    public void Dispose()
    {
        Output.Flush();
        Error.Flush();
    }

    // A read of a terminal or a pipe can't be cancelled; it is left to itself, and ends with the process.
    private static Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellation) => Task.Run(read, cancellation).WaitAsync(cancellation);

    private static IAnsiConsole Create(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No, // progress bars
        });
        console.Profile.Width = terminal ? WindowWidth() : RedirectedWidth;
        return console;
    }

    private static int WindowWidth()
    {
        const int Usual = 80;
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : Usual;
        }
        catch (IOException)
        {
            return Usual; // a terminal that does not tell
        }
    }
}
