using System.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>
/// Reads the added tokens of a tokenizer.json. A content that the model's vocabulary has keeps that id; otherwise the file's id holds,
/// unless it is taken or lies inside the vocabulary: then the next free one.
/// </summary>
internal static class AddedTokensJson
{
    // A content this long is no token; published ones stay below 100 bytes.
    private const int MostBytes = 4_096;

    /// <summary>The tokens.</summary>
    public static IReadOnlyList<AddedToken> Read(JsonPart part, Vocabulary vocabulary, InputLimits limits)
    {
        if (part.IsNull) return [];
        var tokens = new List<AddedToken>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        var next = vocabulary.Size;
        foreach (var item in part.Items)
        {
            if (tokens.Count >= limits.MaxVocabulary) throw new ResourceLimitException("added tokens", tokens.Count + 1L, limits.MaxVocabulary);
            var content = item.Required("content").AsString();
            var wanted = item.Required("id").AsCount();
            if (wanted >= limits.MaxVocabulary) throw new ResourceLimitException($"ids at {item.Path} of {item.File}", wanted + 1L, limits.MaxVocabulary);
            var token = new AddedToken(wanted, content)
            {
                SingleWord = item.Required("single_word").AsBool(),
                LeftStrip = item.Required("lstrip").AsBool(),
                RightStrip = item.Required("rstrip").AsBool(),
                Normalized = item.Required("normalized").AsBool(),
                Special = item.Required("special").AsBool(),
            };
            if (content.Length == 0) continue; // as in the original: an empty token is none
            if (Encoding.UTF8.GetByteCount(content) > MostBytes) throw new ResourceLimitException($"bytes of the added token at {item.Path}", Encoding.UTF8.GetByteCount(content), MostBytes);
            if (places.TryGetValue(content, out var place))
            {
                tokens[place] = token with { Id = tokens[place].Id }; // said twice: the later rules hold
                continue;
            }

            var id = vocabulary.Find(content);
            if (id < 0) id = taken.Contains(wanted) || vocabulary.Contains(wanted) ? next : wanted;
            taken.Add(id);
            next = Math.Max(next, id + 1);
            places[content] = tokens.Count;
            tokens.Add(token with { Id = id });
        }

        return tokens;
    }
}
