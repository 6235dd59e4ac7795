using Tessera.Models.Files;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Golden;

/// <summary>The tokenizer that a GGUF file carries: the ids of texts, special tokens in them recognised, and the texts again from the ids.</summary>
internal sealed class GgufTokenizerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("texts") && @case.Input.Find("file")?.AsString().EndsWith(".gguf", StringComparison.Ordinal) == true && @case.Expected.Has("ids");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        using var gguf = GgufFile.Open(@case.Input["file"].AsFilePath());
        var tokenizer = Tokenizer.FromGguf(Vocabulary(gguf.Metadata), gguf.Path);
        var addsBegin = @case.Input["add_bos"].AsBool();
        var options = new EncodeOptions
        {
            AddSpecialTokens = addsBegin, ParseSpecial = @case.Input.Properties.Single(static p => p.Key.StartsWith("special tokens", StringComparison.Ordinal)).Value.AsString() == "parsed",
        };
        var texts = @case.Input["texts"].AsStrings();
        var ids = @case.Expected["ids"];
        for (var i = 0; i < texts.Length; i++)
        {
            var own = tokenizer.EncodeToIds(texts[i]!, options);
            check.SameIds(ids[i], own);
            if (!addsBegin) check.That(tokenizer.Decode(own) == texts[i], $"texts[{i}]", texts[i]!, tokenizer.Decode(own));
        }

        @case.Expected.Find("llamacpp_equal")?.Waive("what llama.cpp gives, for comparison");
    }

    private static GgufVocabulary Vocabulary(GgufMetadata metadata)
    {
        GgufValue? Find(string key) => metadata.TryGet("tokenizer.ggml." + key, out var value) ? value : null;
        return new GgufVocabulary
        {
            Model = metadata.String("tokenizer.ggml.model"), Pre = Find("pre")?.AsString(), Tokens = metadata["tokenizer.ggml.tokens"].AsStrings(), Scores = Find("scores")?.AsFloats(),
            TokenTypes = Find("token_type")?.AsInt32s(), Merges = Find("merges")?.AsStrings(), BosTokenId = Find("bos_token_id")?.AsInt32(), EosTokenId = Find("eos_token_id")?.AsInt32(),
            AddBosToken = Find("add_bos_token")?.AsBool(), AddEosToken = Find("add_eos_token")?.AsBool(),
        };
    }
}
