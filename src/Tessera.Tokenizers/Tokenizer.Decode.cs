using System.Text;
using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers;

/// <content>From ids back to text and bytes.</content>
public sealed partial class Tokenizer
{
    private static readonly BlankDecoder s_blanks = new();

    // The clean-up of transformers: blanks before punctuation and English contractions go.
    private static readonly (string From, string To)[] s_cleanUp =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private readonly Lazy<TokenByteTable> _tokenBytes;

    /// <summary>The text of ids. Ids that name no token are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. Default false.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ids is int[] array ? Decode(array.AsSpan(), skipSpecialTokens) : Decode([.. ids], skipSpecialTokens);
    }

    /// <inheritdoc cref="Decode(IEnumerable{int}, bool)"/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var text = DecodeAsIs(ids, skipSpecialTokens);
        return _parts.CleanUpSpaces ? CleanUpTokenizationSpaces(text) : text;
    }

    /// <summary>
    /// The text of tokens as a vocabulary would write them, whether it has them or not (<c>convert_tokens_to_string</c> of transformers):
    /// they go through the decoder, without any clean-up behind it.
    /// </summary>
    /// <param name="tokens">The tokens.</param>
    public string DecodeTokens(IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return TokenDecoder.Decode(tokens);
    }

    // The text of ids before any clean-up of blanks.
    private string DecodeAsIs(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        if (DecodesBytewise) return Encoding.UTF8.GetString(DecodeToBytes(ids, skipSpecialTokens));

        var text = new WrittenText(isLive: false);
        var first = TokenDecoder.Into(text);
        foreach (var id in ids)
        {
            if (!(skipSpecialTokens && IsSpecial(id)) && DecodedToken(id) is { } token) first.Write(token, ends: true);
        }

        first.End();
        return text.Take();
    }

    /// <summary>The way of a stream of tokens to its text, clean-up included.</summary>
    /// <param name="text">Takes the text.</param>
    /// <returns>What takes the tokens.</returns>
    internal TextSink WayTo(TextSink text)
    {
        if (_parts.CleanUpSpaces) text = s_cleanUp.Reverse().Aggregate(text, static (next, change) => new LiteralReplacement(next, change.From, change.To));
        return TokenDecoder.Into(text);
    }

    /// <summary>
    /// The bytes that ids stand for, one after the other. For byte-level and byte-fallback tokenizers these are the text's bytes, also where
    /// the ids end in the middle of a character; a blank that decoding to text would drop at the start is kept.
    /// </summary>
    /// <param name="ids">The ids; those that name no token are left out.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. Default false.</param>
    public byte[] DecodeToBytes(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var table = _tokenBytes.Value;
        var total = 0;
        foreach (var id in ids) total = checked(total + (skipSpecialTokens && IsSpecial(id) ? 0 : table[id].Length));
        var bytes = new byte[total];
        var at = 0;
        foreach (var id in ids)
        {
            if (skipSpecialTokens && IsSpecial(id)) continue;
            table[id].CopyTo(bytes.AsSpan(at));
            at += table[id].Length;
        }

        return bytes;
    }

    /// <summary>The bytes that a token stands for by itself: for a byte-level token its raw bytes, for <c>&lt;0x0A&gt;</c> the byte, for a marker a blank. Empty where the id names no token.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => _tokenBytes.Value[id];

    /// <summary>A decoder that takes ids one by one and gives text as soon as it is complete.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. Default true.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new(this, skipSpecialTokens, isLive: true);

    /// <summary>The clean-up of transformers.</summary>
    internal static string CleanUpTokenizationSpaces(string text) => s_cleanUp.Aggregate(text, static (text, change) => text.Replace(change.From, change.To, StringComparison.Ordinal));

    /// <summary>Whether decoding a list is the same as decoding its tokens' bytes together.</summary>
    internal bool DecodesBytewise => _parts.Decoder is ByteLevelDecoder;

    private Text.Decoders.Decoder TokenDecoder => _parts.Decoder ?? s_blanks;

    /// <summary>The bytes of every token, in one block.</summary>
    private sealed class TokenByteTable
    {
        private readonly byte[] _bytes;
        private readonly int[] _starts;

        public TokenByteTable(Tokenizer tokenizer)
        {
            _starts = new int[tokenizer.VocabularySize + 1];
            using var bytes = new MemoryStream();
            for (var id = 0; id < tokenizer.VocabularySize; id++)
            {
                _starts[id] = (int)bytes.Length;
                bytes.Write(BytesOf(tokenizer, id));
            }

            _starts[^1] = (int)bytes.Length;
            _bytes = bytes.ToArray();
        }

        public ReadOnlySpan<byte> this[int id] => (uint)id < (uint)(_starts.Length - 1) ? _bytes.AsSpan(_starts[id], _starts[id + 1] - _starts[id]) : default;

        private static byte[] BytesOf(Tokenizer tokenizer, int id)
        {
            // Added tokens go through the decoder as well, as in the original: "Ġ" in one of them is a blank.
            if (tokenizer.DecodedToken(id) is not { } token) return [];
            var utf8 = Encoding.UTF8.GetBytes(token);
            return tokenizer._parts.Decoder?.BytesOf(utf8) ?? utf8;
        }
    }
}
