using System.CommandLine;
using Tessera.Cli.Output;

namespace Tessera.Cli.Commands;

/// <summary><c>tessera steer</c>: makes and shows steering vectors.</summary>
internal static class SteerCommand
{
    private const string Summary = "Makes steering vectors: directions in a model's activations that change how it writes.";

    private const string Details = """
        A steering vector is fitted on a few texts of two kinds, and added to the activations while the model runs:

          tessera steer fit -m model.gguf --positive glad.txt --negative sad.txt --layer 14 -o glad.safetensors
          tessera run -m model.gguf --steer glad.safetensors:1.5 "Tell me about the weather."

        A scale of 1 moves an activation as far as the two kinds are apart; negative scales move it the other way; too large ones make the text
        fall apart. Middle layers work best as a rule. A vector serves all formats of the model that it was made with, and no other model.
        """;

    /// <summary>The command for a console.</summary>
    public static Command Create(CommandConsole console)
    {
        var command = new TaughtCommand("steer", Summary, Details);
        command.Add(SteerFitCommand.Create(console));
        command.Add(SteerEastCommand.Create(console));
        command.Add(SteerInfoCommand.Create(console));
        command.SetAction(static int (ParseResult _) => throw new UsageException("Say what to do: fit, east or info."));
        return command;
    }
}
