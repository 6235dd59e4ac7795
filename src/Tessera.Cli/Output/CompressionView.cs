using Spectre.Console;
using Tessera.Context.Compression;

namespace Tessera.Cli.Output;

/// <summary>A text with what a compression drops marked: struck through in a terminal, <c>[-so-]</c> elsewhere, as wdiff writes it.</summary>
internal static class CompressionView
{
    private static readonly Style s_dropped = new(Color.Grey, decoration: Decoration.Strikethrough);

    /// <summary>Writes the contexts, an empty line between them.</summary>
    public static void Write(CommandConsole console, IReadOnlyList<string> contexts, CompressedPrompt prompt)
    {
        var words = prompt.Words.ToLookup(static w => w.Context);
        for (var i = 0; i < contexts.Count; i++)
        {
            if (i > 0) console.Output.Write("\n\n");
            foreach (var (text, kept) in Stretches(contexts[i], [.. words[i]])) Write(console, text, kept);
        }

        if (console.OutputIsTerminal) console.Output.WriteLine();
    }

    /// <summary>The text in stretches that stay or go; what stands between two dropped words goes with them. Joined they are the text where words stand in it.</summary>
    internal static List<(string Text, bool Kept)> Stretches(string context, IReadOnlyList<LabelledWord> words)
    {
        var stretches = new List<(string, bool)>();
        var at = 0;
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].Start < 0) // spelt by tokens: the words are all there is
            {
                stretches.Add((i == 0 ? "" : " ", true));
                stretches.Add((words[i].Text, words[i].Kept));
                continue;
            }

            if (words[i].Kept) continue;
            var first = i;
            while (i + 1 < words.Count && !words[i + 1].Kept) i++;
            if (words[first].Start > at) stretches.Add((context[at..words[first].Start], true));
            at = words[i].Start + words[i].Text.Length;
            stretches.Add((context[words[first].Start..at], false));
        }

        if (words is [] or [{ Start: >= 0 }, ..] && at < context.Length) stretches.Add((context[at..], true));
        return stretches;
    }

    private static void Write(CommandConsole console, string text, bool kept)
    {
        if (!console.OutputIsTerminal) console.Output.Write(kept ? text : $"[-{text}-]");
        else console.Pretty.Write(new Text(VisibleText.ForTerminal(text), kept ? Style.Plain : s_dropped));
    }
}
