using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>The small tokenizers that files of components describe in words: a list of words, split at blanks.</summary>
internal static class SmallTokenizers
{
    /// <summary>Whole words: the file's <c>vocabulary</c>, the index being the id, split at white space.</summary>
    /// <param name="file">The file.</param>
    /// <param name="postProcessor">The post-processor's JSON.</param>
    public static Tokenizer Words(GoldenFile file, JsonNode? postProcessor)
    {
        var vocabulary = new JsonObject();
        foreach (var (word, id) in file.Root["vocabulary"].AsStrings().Select(static (w, i) => (w!, i))) vocabulary[word] = id;
        return FromParts(new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocabulary, ["unk_token"] = "[UNK]" }, new JsonObject { ["type"] = "WhitespaceSplit" }, postProcessor);
    }

    private static Tokenizer FromParts(JsonObject model, JsonNode? preTokenizer, JsonNode? postProcessor) => Tokenizer.FromJson(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["version"] = "1.0", ["added_tokens"] = new JsonArray(), ["normalizer"] = null, ["pre_tokenizer"] = preTokenizer, ["post_processor"] = postProcessor, ["decoder"] = null, ["model"] = model,
    }));
}
