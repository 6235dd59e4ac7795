using System.Text.Json;
using Tessera.Models.Files;

namespace Tessera.Golden;

/// <summary>Folders whose weights must be refused, by a message that names certain words.</summary>
internal sealed class PickleRefusalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Find("directory") is { Kind: JsonValueKind.String }
        && @case.Expected.Has("refused") && @case.Expected.Has("message_names");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var folder = @case.File.Resolve(@case.Input["directory"].AsString());
        foreach (var file in Directory.GetFiles(folder, "*.bin")) @case.File.Resolve(Path.GetRelativePath(@case.File.Folder, file)); // found, and refused unread
        TesseraException? refusal = null;
        try
        {
            WeightFiles.Open(folder).Dispose();
        }
        catch (TesseraException e)
        {
            refusal = e;
        }

        check.Equal(@case.Expected["refused"], refusal is not null);
        foreach (var word in @case.Expected["message_names"].Items)
            check.That(refusal?.Message.Contains(word.AsString(), StringComparison.Ordinal) ?? false, word.Path, word.AsString(), refusal?.Message ?? "accepted");
    }
}
