namespace Tessera.Tokenizers.SentencePiece;

/// <summary>What a piece is, by its number in the file.</summary>
internal enum PieceType
{
    /// <summary>Matches text.</summary>
    Normal = 1,

    /// <summary>Stands for text that no piece covers.</summary>
    Unknown = 2,

    /// <summary>Never matches text.</summary>
    Control = 3,

    /// <summary>Matches text before anything else.</summary>
    UserDefined = 4,

    /// <summary>Is never the result.</summary>
    Unused = 5,

    /// <summary>A single byte.</summary>
    Byte = 6,
}
