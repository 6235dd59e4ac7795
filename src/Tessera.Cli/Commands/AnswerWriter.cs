using System.Globalization;
using Tessera.Cli.Output;
using Tessera.Generation;

namespace Tessera.Cli.Commands;

/// <summary>Writes an answer while it is generated: as text, or as JSON with everything that is known of each token.</summary>
internal static class AnswerWriter
{
    /// <summary>Runs a generation to its end.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="run">The generation, not yet begun.</param>
    /// <param name="vocabulary">What tokens stand for; null to write ids.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="more">Adds what else is known at the end to the last line of JSON.</param>
    public static async Task WriteAsync(CommandConsole console, Generation.Generation run, ITokenText? vocabulary, bool json, Action<System.Text.Json.Utf8JsonWriter>? more = null)
    {
        try
        {
            await foreach (var step in run.ConfigureAwait(false))
            {
                if (json) JsonLine.Write(console.Output, writer => TokenJson.WriteStep(writer, step, vocabulary));
                else WriteText(console, vocabulary is null ? step.Id.ToString(CultureInfo.InvariantCulture) + " " : step.Text);
            }
        }
        finally
        {
            if (json) JsonLine.Write(console.Output, writer => TokenJson.WriteDone(writer, run, more));
            else if (run.GeneratedTokens > 0) console.Output.WriteLine();
            console.Output.Flush();
        }

        if (!json) Conclude(console, run);
    }

    private static void WriteText(CommandConsole console, string text)
    {
        if (text.Length == 0) return;
        console.Output.Write(console.OutputIsTerminal ? VisibleText.ForTerminal(text) : text);
        console.Output.Flush();
    }

    // What the text alone does not tell: that it was cut off and, for a person, how fast it came.
    private static void Conclude(CommandConsole console, Generation.Generation run)
    {
        if (run.Stop == StopReason.MaxTokens) console.Note($"(cut off after {run.GeneratedTokens} tokens; --max-tokens N allows more)");
        else if (run.Stop == StopReason.ContextFull) console.Note("(cut off: the model's context is full)");
        if (run.Report.Drafted > 0)
            console.Note($"({run.Report.Strategy}: {run.Report.Passes} passes for {run.GeneratedTokens} tokens; {run.Report.Accepted} of {run.Report.Drafted} drafted tokens accepted)");
        if (!console.ErrorIsTerminal) return;
        var prefilled = run.PromptTokens - run.CachedTokens;
        console.Note(string.Create(CultureInfo.InvariantCulture,
            $"({prefilled} tokens read at {prefilled / run.PrefillTime.TotalSeconds:F0}/s, {run.GeneratedTokens} written at {run.GeneratedTokens / Math.Max(run.DecodeTime.TotalSeconds, 1e-9):F1}/s)"));
    }
}
