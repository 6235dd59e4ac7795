namespace Tessera.Tokenizers;

/// <summary>A token that is found in the text as it stands, before the model sees anything: special tokens, and words added later.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text, not empty.</param>
public sealed record AddedToken(int Id, string Content)
{
    /// <summary>Whether it matches only where no word character touches it. Default false.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it takes white space before it along. Default false.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether it takes white space behind it along. Default false.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether it is looked for in the normalised text rather than in the text as given. Default false.</summary>
    public bool Normalized { get; init; }

    /// <summary>Whether it is a control token: left out by decoding without specials, text where specials are not parsed. Default false.</summary>
    public bool Special { get; init; }
}
