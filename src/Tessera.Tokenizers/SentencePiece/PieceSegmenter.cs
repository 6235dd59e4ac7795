using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>Cuts normalised text into pieces; text that no piece covers is the unknown piece's. Stateless.</summary>
internal abstract class PieceSegmenter(PieceTable pieces)
{
    /// <summary>The pieces.</summary>
    protected PieceTable Pieces { get; } = pieces;

    /// <summary>Cuts a text.</summary>
    /// <param name="text">Normalised UTF-8.</param>
    /// <param name="output">Takes the pieces with their lengths in bytes, in order; they cover the text.</param>
    public abstract void Segment(ReadOnlySpan<byte> text, List<(int Id, int Length)> output);

    /// <summary>The segmenter of an algorithm.</summary>
    public static PieceSegmenter Of(SentencePieceAlgorithm algorithm, PieceTable pieces) => algorithm switch
    {
        SentencePieceAlgorithm.Unigram => new UnigramSegmenter(pieces),
        SentencePieceAlgorithm.Bpe => new BpeSegmenter(pieces),
        SentencePieceAlgorithm.Word => new WordSegmenter(pieces),
        _ => new CharacterSegmenter(pieces),
    };

    /// <summary>Bytes of the user-defined piece or else of the character at the start of a text.</summary>
    protected int UnitAt(ReadOnlySpan<byte> text, out bool isUserDefined)
    {
        var length = Pieces.UserDefinedAt(text);
        isUserDefined = length > 0;
        return isUserDefined ? length : Math.Min(Utf8Text.LengthOf(text[0]), text.Length);
    }
}
