namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>What an entry of a vocabulary is, in the order of Qtok's table.</summary>
public enum TokenClass
{
    /// <summary>Written in angle or square brackets, and no tag of HTML.</summary>
    Control,

    /// <summary>A single byte that is no character by itself (compatible mode: any character of the byte alphabet).</summary>
    SingleByte,

    /// <summary>One letter of a script.</summary>
    CharacterAlpha,

    /// <summary>A blank, then letters of one script: the start of a word.</summary>
    SpacedAlpha,

    /// <summary>Letters of one script without a blank before them.</summary>
    InnerAlpha,

    /// <summary>One character that is no letter of a script: digits, punctuation, symbols.</summary>
    CharacterOther,

    /// <summary>A blank, then anything else.</summary>
    SpacedOther,

    /// <summary>Anything else without a blank before it.</summary>
    InnerOther,

    /// <summary>Bytes that are no characters: pieces of characters ("flanks").</summary>
    Flank,

    /// <summary>One character without a name: a control, private, or unassigned.</summary>
    CharacterError,

    /// <summary>A blank, then text with a character without a name, such as a line end.</summary>
    SpacedError,

    /// <summary>Text with a character without a name.</summary>
    InnerError,
}
