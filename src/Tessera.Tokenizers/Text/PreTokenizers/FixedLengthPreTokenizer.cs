namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>Pieces of a fixed number of characters; the last one may be shorter.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : CuttingPreTokenizer
{
    public override void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into)
    {
        var (start, count) = (0, 0);
        for (var i = 0; i < piece.Length; i += Utf8Text.LengthOf(piece[i]))
        {
            if (count++ < length) continue;
            into.Add(offset + start, offset + i);
            (start, count) = (i, 1);
        }

        into.Add(offset + start, offset + piece.Length);
    }
}
