using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>BERT's: white space dropped, punctuation on its own; in one pass what <see cref="SplitPreTokenizer.Bert"/> says in two.</summary>
internal sealed class BertPreTokenizer : CuttingPreTokenizer
{
    private const byte Word = 0, Space = 1, Alone = 2;

    private static readonly byte[] s_ascii = Ascii();
    private static readonly byte[]?[] s_pages = new byte[0x1100][];

    protected override void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into)
    {
        var (ascii, word) = (s_ascii, -1);
        for (var i = 0; i < piece.Length;)
        {
            var (kind, length) = (piece[i] < 0x80 ? ascii[piece[i]] : Word, 1);
            if (piece[i] >= 0x80)
            {
                var scalar = Utf8Text.Decode(piece, i, out length);
                var page = s_pages[scalar >> 8] ??= MakePage(scalar >> 8);
                kind = page[scalar & 0xFF];
            }

            if (kind == Word)
            {
                if (word < 0) word = i;
            }
            else
            {
                if (word >= 0) into.Add(offset + word, offset + i);
                word = -1;
                if (kind == Alone) into.Add(offset + i, offset + i + length);
            }

            i += length;
        }

        if (word >= 0) into.Add(offset + word, offset + piece.Length);
    }

    private static byte[] Ascii()
    {
        var kinds = new byte[128];
        for (var b = 0; b < 128; b++) kinds[b] = CharacterClass.Is(b, CharacterClass.Space) ? Space : SplitPreTokenizer.IsPunctuation(b) ? Alone : Word;
        return kinds;
    }

    private static byte[] MakePage(int number)
    {
        var page = new byte[256];
        for (var i = 0; i < page.Length; i++)
            page[i] = CharacterClass.Is(number << 8 | i, CharacterClass.Space) ? Space : SplitPreTokenizer.IsPunctuation(number << 8 | i) ? Alone : Word;
        return page;
    }
}
