using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>BPE dropout: the share of each segmentation among many draws against its exact probability.</summary>
internal sealed class BpeDropoutReader : IGoldenReader
{
    private const int Draws = 20_000;

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("dropout") && @case.Input.Has("word") && @case.Expected.Has("segmentations");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        var json = $$"""{"version":"1.0","model":{"type":"BPE","dropout":{{input["dropout"].Element.GetRawText()}},"vocab":{{input["vocab"].Element.GetRawText()}},"merges":{{input["merges"].Element.GetRawText()}} } }""";
        var tokenizer = Tokenizer.FromJson(Encoding.UTF8.GetBytes(json));
        var word = input["word"].AsString();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (uint draw = 0; draw < Draws; draw++)
        {
            var tokens = tokenizer.EncodeToTokens(word, new EncodeOptions { DropoutKey = new RandomKey(17, draw, 0, RandomPurpose.Tokenize) });
            var key = string.Join(' ', tokens.Select(static t => t.Value));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        var possible = new HashSet<string>(StringComparer.Ordinal);
        foreach (var segmentation in @case.Expected["segmentations"].Items)
        {
            var key = string.Join(' ', segmentation["tokens"].AsStrings());
            possible.Add(key);
            var probability = segmentation["probability"].AsDouble();
            // Five standard deviations of a share: wrong once in two million.
            check.Close(segmentation["probability"], counts.GetValueOrDefault(key) / (double)Draws, new Tolerance(5 * Math.Sqrt(probability * (1 - probability) / Draws) + 1e-12));
            segmentation.Find("exact")?.Waive("the same number as a fraction");
        }

        check.That(counts.Keys.All(possible.Contains), "expected.segmentations", "no other segmentation", string.Join("; ", counts.Keys.Where(k => !possible.Contains(k))));
    }
}
