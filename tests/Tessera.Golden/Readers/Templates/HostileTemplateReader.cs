using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Templates;

namespace Tessera.Golden;

/// <summary>
/// An attacker's templates. A typed error within the bounds is right; so is the harmless text that the reference gave. Time and memory are
/// bounded either way.
/// </summary>
internal sealed class HostileTemplateReader : IGoldenReader
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5); // the files ask for one; a busy machine gets five

    private const long MostBytes = 256L << 20; // the longest text a template may build is 32 MiB, and doubling buffers take their share

    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Expected.Has("right_behaviour")
        && (@case.Input.Has("template") || @case.Input.Has("template_parts"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var template = Template(@case.Input);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        string? text = null;
        TesseraException? error = null;
        try
        {
            text = ChatTemplate.Parse(template).Render(new ChatTemplateInput { Messages = [new ChatMessage("user", "Hi")] }, cancellationToken).Text;
        }
        catch (TesseraException refused)
        {
            error = refused;
        }

        check.That(watch.Elapsed < s_longest, "time", $"below {s_longest.TotalSeconds} s", $"{watch.Elapsed.TotalSeconds:F1} s");
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        check.That(bytes < MostBytes, "memory", $"below {MostBytes >> 20} MiB", $"{bytes >> 20} MiB");
        if (text is not null)
            CompareText(@case.Expected, text, check);
        @case.Expected["right_behaviour"].Waive($"words for people; {(error is null ? "a harmless text" : error.GetType().Name)}");
        @case.Expected.Find("reference")?.AsRawText();
    }

    /// <summary>A text is harmless if it is the reference's.</summary>
    private static void CompareText(GoldenValue expected, string text, GoldenCheck check)
    {
        var reference = expected.Find("reference");
        if (reference?.Find("text") is { Kind: JsonValueKind.String } whole)
            check.Equal(whole, text);
        else if (reference?.Find("text_length") is { } length)
            check.That(text.Length == length.AsInt() && text.StartsWith(reference["text_start"].AsString(), StringComparison.Ordinal),
                length.Path, "the reference's text", text[..Math.Min(text.Length, 100)]);
        else
            check.Fail(expected.Path, "an error", $"a text of {text.Length} characters");
    }

    private static string Template(GoldenValue input)
    {
        if (input.Find("template") is { } template) return template.AsString();
        var text = new StringBuilder();
        foreach (var part in input["template_parts"].Items)
            text.Insert(text.Length, part[0].AsString(), part[1].AsInt());
        return text.ToString();
    }
}
