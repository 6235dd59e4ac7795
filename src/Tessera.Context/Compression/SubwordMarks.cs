using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Context.Compression;

/// <summary>
/// How an encoder's tokens show where words begin: WordPiece marks tokens inside a word (<c>##ing</c>), SentencePiece those at its start
/// (<c>▁word</c>).
/// </summary>
internal sealed class SubwordMarks
{
    // Python's string.punctuation; the package asks whether a token is a part of this text, so a run in this order counts as well.
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    private const char Start = '▁';
    private readonly string? _continuation;

    private SubwordMarks(string? continuation) => _continuation = continuation;

    /// <summary>The marks of a tokenizer.</summary>
    public static SubwordMarks Of(Tokenizer tokenizer) => new(tokenizer.ContinuationPrefix);

    /// <summary>Whether words are marked at their start.</summary>
    public bool MarksStarts => _continuation is null;

    /// <summary>Whether a token is punctuation that is a word of its own although nothing marks it.</summary>
    public bool IsPunctuation(string token) => _continuation is null && Punctuation.Contains(token, StringComparison.Ordinal);

    /// <summary>Whether a token begins a word.</summary>
    /// <param name="token">The token as the vocabulary writes it.</param>
    /// <param name="isForced">Whether a text is one of those that are kept, or stands for one.</param>
    public bool BeginsWord(string token, Func<string, bool> isForced) => _continuation is { } mark
        ? isForced(Pure(token)) || !token.StartsWith(mark, StringComparison.Ordinal)
        : IsPunctuation(token) || isForced(token) || token.StartsWith(Start);

    /// <summary>A token without its mark; as in the package every character of the mark goes, however often it stands there.</summary>
    public string Pure(string token) => _continuation is { } mark ? token.TrimStart(mark.ToCharArray()) : token.TrimStart(Start);

    /// <summary>Whether a text holds a decimal digit of any script.</summary>
    public static bool HasDigit(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsDigit(rune)) return true;
        }

        return false;
    }
}
