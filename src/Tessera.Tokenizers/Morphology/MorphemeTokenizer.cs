namespace Tessera.Tokenizers.Morphology;

/// <summary>
/// A tokenizer that cuts at morphemes first, as it was trained: every boundary of a morpheme is one of tokens. It needs the analyser of its
/// training for ever; another one is refused.
/// </summary>
public sealed class MorphemeTokenizer
{
    private readonly MorphemeCutter _cutter;

    /// <summary>Puts a tokenizer and its analyser together.</summary>
    /// <param name="tokenizer">The tokenizer, trained on pieces of the analyser.</param>
    /// <param name="analyser">The analyser.</param>
    /// <param name="identity">The <see cref="IMorphemeAnalyser.Identity"/> that the tokenizer was trained with; null where it is not known.</param>
    /// <exception cref="ArgumentException">The analyser is another one.</exception>
    public MorphemeTokenizer(Tokenizer tokenizer, IMorphemeAnalyser analyser, string? identity = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _cutter = new MorphemeCutter(analyser);
        if (identity is not null && identity != analyser.Identity) throw new ArgumentException($"The tokenizer was trained with the analyser '{identity}', and this is '{analyser.Identity}'.", nameof(analyser));
        Tokenizer = tokenizer;
    }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The ids of a text; no specials are put in or recognised.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The analyser gave morphemes that overlap or lie outside of the text.</exception>
    public int[] EncodeToIds(string text) => [.. _cutter.Cut(text).SelectMany(piece => Tokenizer.EncodeToIds(piece, EncodeOptions.PlainText))];

    /// <summary>The tokens of a text with their places in UTF-16 units.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The analyser gave morphemes that overlap or lie outside of the text.</exception>
    public IReadOnlyList<EncodedToken> EncodeToTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (tokens, start) = (new List<EncodedToken>(), 0);
        foreach (var piece in _cutter.Cut(text))
        {
            tokens.AddRange(Tokenizer.EncodeToTokens(piece, EncodeOptions.PlainText).Select(t => t with { Offset = (t.Offset.Start.Value + start)..(t.Offset.End.Value + start) }));
            start += piece.Length;
        }

        return tokens;
    }
}
