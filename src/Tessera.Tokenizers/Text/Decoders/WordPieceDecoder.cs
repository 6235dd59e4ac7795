using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Joins continuations, puts blanks between words, and can take back the blanks around English punctuation.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : Decoder
{
    public override TextSink Into(TextSink next) => new MappedTokens(next, (token, isFirst) =>
    {
        var text = isFirst ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? Clean(text) : text;
    });

    public override byte[] BytesOf(byte[] token) => token.AsSpan().StartsWith(Encoding.UTF8.GetBytes(prefix)) ? token[Encoding.UTF8.GetByteCount(prefix)..] : token;

    /// <summary>Takes back blanks: before . ? ! and comma, around an apostrophe, before n't 'm 's 've 're; and joins "do not".</summary>
    public static string Clean(string text) => text
        .Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal).Replace(" !", "!", StringComparison.Ordinal)
        .Replace(" ,", ",", StringComparison.Ordinal).Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" do not", " don't", StringComparison.Ordinal).Replace(" 's", "'s", StringComparison.Ordinal)
        .Replace(" 've", "'ve", StringComparison.Ordinal).Replace(" 're", "'re", StringComparison.Ordinal);
}
