using System.Text.Json;
using Tessera.Cli.Output;

namespace Tessera.Cli.Tests;

/// <summary>One call of the command inside the test's process.</summary>
/// <param name="ExitCode">What it returned.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Error">The standard error.</param>
internal sealed record Invocation(int ExitCode, string Output, string Error)
{
    /// <summary>The output's lines as JSON.</summary>
    public JsonElement[] Json => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Calls the command without input.</summary>
    public static Task<Invocation> Of(params string[] args) => Of("", args, default);

    /// <summary>Calls the command.</summary>
    public static async Task<Invocation> Of(string input, string[] args, CancellationToken cancellation)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new CommandConsole(output, error, new StringReader(input));
        var code = await TesseraCommand.InvokeAsync(args, console, cancellation);
        return new Invocation(code, output.ToString(), error.ToString());
    }
}
