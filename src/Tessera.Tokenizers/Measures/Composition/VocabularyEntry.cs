using System.Text;

namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>An entry of a vocabulary as what it stands for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">The text that it stands for, with a blank where a word starts; null where its bytes are no characters.</param>
/// <param name="Written">How reports write it: the text, or its bytes in the byte alphabet between <c>&lt;0y</c> and <c>&gt;</c>.</param>
/// <param name="IsSingleByte">Whether it stands for one byte, whatever follows.</param>
public readonly record struct VocabularyEntry(int Id, string? Text, string Written, bool IsSingleByte)
{
    /// <summary>The entries of a vocabulary, by id. What its bytes are is known from the tokenizer and not guessed.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public static IEnumerable<VocabularyEntry> Of(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var added = tokenizer.AddedTokens.Select(static t => t.Id).ToHashSet();
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (tokenizer.IdToToken(id) is not { } token) continue;
            if (added.Contains(id)) yield return new VocabularyEntry(id, token, token, false);
            else yield return Of(tokenizer, id, token);
        }
    }

    private static VocabularyEntry Of(Tokenizer tokenizer, int id, string token)
    {
        // WordPiece marks what goes on, all others what begins.
        if (tokenizer.ContinuationPrefix is { } prefix)
        {
            if (token.StartsWith(prefix, StringComparison.Ordinal) && token.Length > prefix.Length) return Plain(id, token[prefix.Length..]);
            return Plain(id, token.StartsWith('[') && token.EndsWith(']') ? token : " " + token);
        }

        var bytes = tokenizer.TokenBytes(id);
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return new VocabularyEntry(id, null, Broken(bytes), bytes.Length == 1);
        var text = Encoding.UTF8.GetString(bytes);
        return new VocabularyEntry(id, text, text, bytes.Length == 1 && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal));
    }

    private static VocabularyEntry Plain(int id, string text) => new(id, text, text, false);

    internal static string Broken(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("<0y");
        foreach (var value in bytes) text.Append((char)Tokenizers.Text.ByteAlphabet.CharacterOf(value));
        return text.Append('>').ToString();
    }
}
