using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Added;

/// <summary>Added tokens by id and by content, and which ids decoding may leave out; what going from ids to text needs, and encoding does not.</summary>
internal sealed class AddedTokenTable
{
    private readonly Dictionary<int, string> _normalizedContents = [];
    private readonly HashSet<int> _special;

    /// <summary>Builds the table.</summary>
    public AddedTokenTable(TokenizerParts parts)
    {
        _special = [.. parts.ControlIds];
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in parts.AddedTokens)
        {
            if (!token.Special) continue;
            contents.Add(token.Content);
            _special.Add(token.Id);
        }

        foreach (var token in parts.AddedTokens)
        {
            ById[token.Id] = token;
            ByContent[token.Content] = token;
            // A token that is looked for in normalised text is decoded as it is found there, and is special only if that text is.
            var content = token.Normalized ? Utf8Text.ToUtf16(AddedTokenMatcher.ContentOf(token, parts.Normalizer)) : token.Content;
            if (token.Normalized && content != token.Content) _normalizedContents[token.Id] = content;
            if (contents.Contains(content)) _special.Add(token.Id);
            else _special.Remove(token.Id);
        }
    }

    /// <summary>The tokens by id; of several with one id the last.</summary>
    public Dictionary<int, AddedToken> ById { get; } = [];

    /// <summary>The tokens by content; of several with one content the last.</summary>
    public Dictionary<string, AddedToken> ByContent { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether an id is a control token, or an added token that is special.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>What a token's content became in normalised text; null where it stayed as it is.</summary>
    public string? NormalizedContent(int id) => _normalizedContents.GetValueOrDefault(id);
}
