using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Unigram;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Measures;

/// <summary>
/// Takes the measures of a tokenizer on texts: each text is encoded once, and everything is counted on the way. Control tokens that a text
/// spells out are text. Not safe for several threads; make one for each.
/// </summary>
public sealed class TextSweep
{
    private readonly Tokenizer _tokenizer;
    private readonly int _unknown;
    private readonly long[] _counts;
    private long _bytes, _characters, _words, _tokens, _unknownTokens, _continuedWords;

    /// <summary>Starts a sweep.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public TextSweep(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _unknown = UnknownOf(tokenizer.Parts.Model);
        _counts = new long[tokenizer.VocabularySize];
    }

    /// <summary>Measures texts.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The texts; read once, in order.</param>
    /// <param name="cancellationToken">Seen between texts.</param>
    /// <exception cref="MalformedInputException">A text holds what the vocabulary cannot express, and the tokenizer has no unknown token.</exception>
    public static TextMeasures Measure(Tokenizer tokenizer, IEnumerable<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var sweep = new TextSweep(tokenizer);
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sweep.Add(text);
        }

        return sweep.Finish();
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    public void Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _bytes += Encoding.UTF8.GetByteCount(text);
        var tokens = _tokenizer.EncodeToTokens(text, EncodeOptions.PlainText);
        _tokens += tokens.Length;
        foreach (var token in tokens)
        {
            _counts[token.Id]++;
            if (token.Id == _unknown) _unknownTokens++;
        }

        CountWords(text, tokens);
    }

    /// <summary>The measures of everything added so far.</summary>
    public TextMeasures Finish() => new()
    {
        Bytes = _bytes,
        Characters = _characters,
        Words = _words,
        Tokens = _tokens,
        UnknownTokens = _unknownTokens,
        ContinuedWords = _continuedWords,
        Counts = [.. _counts],
    };

    /// <summary>Words, and how many of them more than one token has a part in; both run along the text once.</summary>
    private void CountWords(string text, EncodedToken[] tokens)
    {
        var (token, start) = (0, -1);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length)
            {
                if (!char.IsLowSurrogate(text[i]) || i == 0 || !char.IsHighSurrogate(text[i - 1])) _characters++;
                if (!char.IsWhiteSpace(text[i]))
                {
                    if (start < 0) start = i;
                    continue;
                }
            }

            if (start < 0) continue;
            _words++;
            // Tokens stand in the order of their text: those before the word are done with, the last one in it may reach into the next.
            while (token < tokens.Length && tokens[token].Offset.End.Value <= start) token++;
            var parts = 0;
            while (token < tokens.Length && tokens[token].Offset.Start.Value < i)
            {
                if (tokens[token].Offset.End.Value > start) parts++;
                if (tokens[token].Offset.End.Value > i) break;
                token++;
            }

            if (parts > 1) _continuedWords++;
            start = -1;
        }
    }

    private static int UnknownOf(TokenModel model) => model switch
    {
        UnigramModel unigram => unigram.UnknownId,
        WordPieceModel wordPiece => model.Vocabulary.Find(wordPiece.UnknownToken),
        WordLevelModel wordLevel => model.Vocabulary.Find(wordLevel.UnknownToken),
        BpeModel { Options.UnknownToken: { } token } => model.Vocabulary.Find(token),
        _ => -1,
    };
}
