namespace Tessera.Tokenizers.SentencePiece;

/// <summary>Every stretch that begins with a ▁ is a piece.</summary>
internal sealed class WordSegmenter(PieceTable pieces) : PieceSegmenter(pieces)
{
    public override void Segment(ReadOnlySpan<byte> text, List<(int Id, int Length)> output)
    {
        while (!text.IsEmpty)
        {
            var next = text[1..].IndexOf("▁"u8);
            var length = next < 0 ? text.Length : next + 1;
            output.Add((Pieces.IdOf(text[..length]), length));
            text = text[length..];
        }
    }
}
