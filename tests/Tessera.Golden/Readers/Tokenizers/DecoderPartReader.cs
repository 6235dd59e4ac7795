using System.Text.Json.Nodes;

namespace Tessera.Golden;

/// <summary>A decoder over a list of tokens, inside a tokenizer whose vocabulary those tokens are.</summary>
internal sealed class DecoderPartReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("input") && @case.Input.Has("decoder") && @case.Input.Has("tokens") && @case.Expected.Has("text");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tokens = @case.Input["tokens"].AsStrings();
        var words = tokens.Distinct().ToList();
        var tokenizer = SmallTokenizers.Words([.. words.Select(static w => w!)], null, JsonNode.Parse(@case.Input["decoder"].Element.GetRawText()));
        check.Equal(@case.Expected["text"], tokenizer.Decode(tokens.Select(t => words.IndexOf(t))));
    }
}
