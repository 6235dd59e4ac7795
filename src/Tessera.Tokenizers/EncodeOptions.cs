namespace Tessera.Tokenizers;

/// <summary>How to encode. The defaults are those of Hugging Face's tokenizers: specials are put in and recognised.</summary>
public sealed record EncodeOptions
{
    /// <summary>The defaults.</summary>
    public static EncodeOptions Default { get; } = new();

    /// <summary>Nothing put in; specials in the text recognised. What a rendered chat template needs.</summary>
    public static EncodeOptions NoSpecials { get; } = new() { AddSpecialTokens = false };

    /// <summary>Nothing put in; specials in the text are text. What text of strangers needs.</summary>
    public static EncodeOptions PlainText { get; } = new() { AddSpecialTokens = false, ParseSpecial = false };

    /// <summary>Whether the tokens that the model expects around a text (BOS, CLS, SEP …) are put in. Default true.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Whether control tokens written in the text are recognised (true, the default) or are text like any other. Other added tokens are always recognised.</summary>
    public bool ParseSpecial { get; init; } = true;

    /// <summary>
    /// Whether text that the vocabulary cannot express and would leave out without a word is refused with a <see cref="DroppedTextException"/>.
    /// Default false, as in the original. Only a BPE without bytes and without a token for unknown text leaves anything out; there a strict
    /// call costs twice as much.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>What offsets count. Default UTF-16 units.</summary>
    public OffsetUnit OffsetUnit { get; init; }

    /// <summary>How to shorten; null (default) for not at all. Only <see cref="Tokenizer.Encode(string, string?, EncodeOptions?)"/> and batches shorten.</summary>
    public TruncationOptions? Truncation { get; init; }

    /// <summary>How to fill up; null (default) for not at all. Only <see cref="Tokenizer.Encode(string, string?, EncodeOptions?)"/> and batches fill up.</summary>
    public PaddingOptions? Padding { get; init; }

    /// <summary>
    /// BPE dropout: the probability, from 0 to 1, that a merge is passed over. Null (default) for what the tokenizer's file says, which
    /// almost always is 0.
    /// </summary>
    public double? Dropout { get; init; }

    /// <summary>
    /// Subword regularisation (Kudo, arXiv 1804.10959): each piece's segmentation by a Unigram model is drawn with P ∝ exp(α · score); 0 draws all
    /// alike. Null (default) for the best segmentation. Other models have nothing to draw.
    /// </summary>
    public double? SamplingAlpha { get; init; }

    /// <summary>Names the random numbers of dropout and sampling: the same key gives the same tokens. Default seed 0.</summary>
    public RandomKey DropoutKey { get; init; } = new(0, 0, 0, RandomPurpose.Tokenize);
}
