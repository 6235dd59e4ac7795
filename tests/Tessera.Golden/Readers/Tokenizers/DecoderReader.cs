using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Golden;

/// <summary>Decoders by themselves on lists of tokens, and the clean-up of transformers.</summary>
internal sealed class DecoderReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Expected.Has("text")
        && (@case.Input.Find("decoder") is { Kind: JsonValueKind.Object } || @case.Input.Has("text") && @case.Name.StartsWith("clean_up", StringComparison.Ordinal));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        if (input.Find("decoder") is not { } json)
        {
            check.Equal(expected["text"], Tokenizer.CleanUpTokenizationSpaces(input["text"].AsString()));
            return;
        }

        var decoder = DecoderJson.Read(JsonPart.Parse(json.Element.GetRawText(), @case.Id, "decoder"))!;
        check.Equal(expected["text"], decoder.Decode(input["tokens"].AsStrings().Select(static t => t!)));
        expected.Find("library_panics")?.Waive("what the reference does instead");
    }
}
