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
    public static Tokenizer Words(GoldenFile file, JsonNode? postProcessor) => Words(file.Root["vocabulary"].AsStrings().Select(static w => w!).ToList(), postProcessor, null);

    /// <summary>Whole words, the index being the id, split at white space.</summary>
    /// <param name="words">The words.</param>
    /// <param name="postProcessor">The post-processor's JSON.</param>
    /// <param name="decoder">The decoder's JSON.</param>
    public static Tokenizer Words(IReadOnlyList<string> words, JsonNode? postProcessor, JsonNode? decoder)
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < words.Count; id++) vocabulary[words[id]] = id;
        return FromParts(new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocabulary, ["unk_token"] = "[UNK]" }, new JsonObject { ["type"] = "WhitespaceSplit" }, postProcessor, decoder);
    }

    private static Tokenizer FromParts(JsonObject model, JsonNode? preTokenizer, JsonNode? postProcessor, JsonNode? decoder) => Tokenizer.FromJson(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["version"] = "1.0", ["added_tokens"] = new JsonArray(), ["normalizer"] = null, ["pre_tokenizer"] = preTokenizer, ["post_processor"] = postProcessor, ["decoder"] = decoder, ["model"] = model,
    }));
}
