namespace Tessera.Tokenizers.SentencePiece;

/// <summary>Every character is a piece, and so is a user-defined text.</summary>
internal sealed class CharacterSegmenter(PieceTable pieces) : PieceSegmenter(pieces)
{
    public override void Segment(ReadOnlySpan<byte> text, List<(int Id, int Length)> output)
    {
        while (!text.IsEmpty)
        {
            var length = UnitAt(text, out _);
            output.Add((Pieces.IdOf(text[..length]), length));
            text = text[length..];
        }
    }
}
