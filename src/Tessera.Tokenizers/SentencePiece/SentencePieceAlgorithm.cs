namespace Tessera.Tokenizers.SentencePiece;

/// <summary>How a model cuts text, by its number in the file.</summary>
public enum SentencePieceAlgorithm
{
    /// <summary>The segmentation of the highest total score.</summary>
    Unigram = 1,

    /// <summary>Neighbours are joined, the highest score first.</summary>
    Bpe = 2,

    /// <summary>At blanks.</summary>
    Word = 3,

    /// <summary>At every character.</summary>
    Character = 4,
}
