namespace Tessera.Tokenizers;

/// <summary>What a token of a vocabulary is.</summary>
public enum TokenKind
{
    /// <summary>The id names no token.</summary>
    None,

    /// <summary>Text that the model makes of pieces.</summary>
    Normal,

    /// <summary>One byte of text that has no token of its own (<c>&lt;0x0A&gt;</c>), or a single byte of a byte-level vocabulary.</summary>
    Byte,

    /// <summary>What stands for text that the vocabulary does not cover.</summary>
    Unknown,

    /// <summary>A word that is found in text as it stands, without being a control token.</summary>
    Added,

    /// <summary>A control token: left out by decoding without specials.</summary>
    Special,
}
