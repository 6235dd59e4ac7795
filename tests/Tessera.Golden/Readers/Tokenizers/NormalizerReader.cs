using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Golden;

/// <summary>Normalizers by themselves: the text, and for every character of it the range of characters that it came from.</summary>
internal sealed class NormalizerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Find("normalizer") is { Kind: JsonValueKind.Object } && @case.Expected.Has("normalized") && @case.Expected.Has("starts");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var normalizer = Normalizer(@case.File, @case.Input["normalizer"].Element.GetRawText());
        var utf8 = Encoding.UTF8.GetBytes(@case.Input["text"].AsString());
        var (from, to) = (new TextBuffer(), new TextBuffer());
        from.View(utf8, 0, utf8.Length, tracked: true);
        var text = normalizer.Apply(from, to) ? to : from;
        check.Equal(@case.Expected["normalized"], Encoding.UTF8.GetString(text.Span));
        var map = OffsetMap.Of(utf8, Tessera.Tokenizers.OffsetUnit.Scalar);
        var (starts, ends) = (new List<int>(), new List<int>());
        for (var i = 0; i < text.Length; i += Utf8Text.LengthOf(text.Span[i]))
        {
            var (start, end) = map.Convert(text.SourceStart(i), text.SourceEnd(i + Utf8Text.LengthOf(text.Span[i]) - 1));
            starts.Add(start);
            ends.Add(end);
        }

        check.SameIds(@case.Expected["starts"], [.. starts]);
        check.SameIds(@case.Expected["ends"], [.. ends]);
    }

    /// <summary>A normalizer from its JSON; a character map written as "@name" stands at the top of the file under that name.</summary>
    internal static Normalizer Normalizer(GoldenFile file, string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.TryGetProperty("precompiled_charsmap", out var map) && map.GetString() is ['@', .. var name])
            json = json.Replace("@" + name, file.Root[name].AsString(), StringComparison.Ordinal);
        return file.Directory.RunCache.Get("normalizer|" + json, () => NormalizerJson.Read(JsonPart.Parse(json, file.RelativePath, "normalizer"))!);
    }
}
