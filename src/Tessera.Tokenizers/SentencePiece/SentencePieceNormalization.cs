namespace Tessera.Tokenizers.SentencePiece;

/// <summary>What a trained SentencePiece model does to characters before it cuts text, by the names of the original.</summary>
public enum SentencePieceNormalization
{
    /// <summary>NFKC, and the clean-up of machine translation: control characters go, odd blanks become blanks.</summary>
    NmtNfkc,

    /// <summary>NFKC.</summary>
    Nfkc,

    /// <summary>Nothing.</summary>
    Identity,
}
