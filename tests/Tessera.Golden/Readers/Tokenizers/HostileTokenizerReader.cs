using System.Diagnostics;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Hostile tokenizers of an index: opened, then a text encoded. Each must work or be refused with a type that says where and why, within a second.</summary>
internal sealed class HostileTokenizerReader : IGoldenReader
{
    private const double MostSeconds = 1;

    public bool Covers(GoldenFile file, GoldenCase @case) => file.Form == GoldenForm.FileIndex && @case.Kind == "tokenizer" && @case.Value["expect"].AsString() is "error" or "loads" or "either";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var path = @case.File.Resolve(@case.Value["file"].AsString());
        var text = @case.Value.Find("encode")?.AsString() ?? "ab";
        var (refusal, seconds) = Open(path, text);
        if (seconds > MostSeconds) (refusal, seconds) = Open(path, text); // once more: the first time may have compiled the reader
        var expect = @case.Value["expect"].AsString();
        if (expect != "either") check.Equal(@case.Value["expect"], refusal is null ? "loads" : "error");
        check.That(seconds <= MostSeconds, "seconds", $"at most {MostSeconds}", $"{seconds:F2}");
        if (refusal is MalformedInputException malformed)
            check.That(malformed.File.Contains(Path.GetFileName(path), StringComparison.Ordinal) && malformed.Place.Length > 0 && malformed.Reason.Length > 0, "refusal", $"names {path}, a place and a reason", malformed.Message);
    }

    private static (TesseraException? Refusal, double Seconds) Open(string path, string text)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var tokenizer = Tokenizer.Load(path);
            tokenizer.Decode(tokenizer.EncodeToIds(text));
            return (null, watch.Elapsed.TotalSeconds);
        }
        catch (TesseraException refusal)
        {
            return (refusal, watch.Elapsed.TotalSeconds);
        }
    }
}
