using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Text;

namespace Tessera.Golden;

/// <summary>Post-processors around tiny tokenizers: a word list that the file gives, or bytes and merges that the case gives.</summary>
internal sealed class PostProcessorReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("text") && @case.Expected.Has("ids")
        && (file.Root.Has("vocabulary") && @case.Input.Find("post_processor") is { Kind: JsonValueKind.Object } || @case.Input.Find("tokenizer") is { Kind: JsonValueKind.Object } tokenizer && tokenizer.Has("post_processor"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var input = @case.Input;
        var tokenizer = input.Find("tokenizer") is { } parts ? Bytes(@case.File, parts) : SmallTokenizers.Words(@case.File, JsonNode.Parse(input["post_processor"].Element.GetRawText()));
        var options = new EncodeOptions { AddSpecialTokens = input["add_special_tokens"].AsBool(), OffsetUnit = OffsetUnit.Scalar };
        var pair = input.Find("pair") is { IsNull: false } second ? second.AsString() : null;
        EncodingChecks.Compare(@case.Expected, tokenizer.Encode(input["text"].AsString(), pair, options), check);
    }

    private static Tokenizer Bytes(GoldenFile file, GoldenValue parts)
    {
        var merges = parts["model"]["alphabet_sorted_then_merges"].Items.Select(static m => m.AsStrings()).ToList();
        var tokens = Enumerable.Range(0, 256).Select(static b => ByteAlphabet.CharacterOf((byte)b)).Order().Select(static c => char.ConvertFromUtf32(c)).Concat(merges.Select(static p => p[0] + p[1]));
        var vocabulary = string.Join(',', tokens.Select(static (t, i) => $"{JsonSerializer.Serialize(t)}:{i}"));
        var json = $$"""{"version":"1.0","pre_tokenizer":{{parts["pre_tokenizer"].Element.GetRawText()}},"post_processor":{{parts["post_processor"].Element.GetRawText()}},"model":{"type":"BPE","merges":{{JsonSerializer.Serialize(merges)}},"vocab":{ {{vocabulary}} } } }""";
        return file.Directory.RunCache.Get("tiny tokenizer|" + json, () => Tokenizer.FromJson(Encoding.UTF8.GetBytes(json)));
    }
}
