namespace Tessera.Tokenizers;

/// <summary>A text spells out a control token that it must not.</summary>
public sealed class SpecialTokenInTextException : TesseraException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="token">The token.</param>
    /// <param name="index">Where it starts, in UTF-16 units.</param>
    public SpecialTokenInTextException(string token, int index)
        : base($"The text spells out the control token {token} at {index}. Take it out, or encode the text with ParseSpecial = false, where control tokens are text.") => (Token, Index) = (token, index);

    /// <summary>The token.</summary>
    public string Token { get; }

    /// <summary>Where it starts, in UTF-16 units.</summary>
    public int Index { get; }
}
