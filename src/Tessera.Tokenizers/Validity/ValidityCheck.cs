using System.Text.Unicode;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers;

/// <summary>
/// One thread's check of lists against the cuts of the pre-tokenizer: a list fits a continuation where no token crosses a cut, neighbours inside a
/// piece stay apart, and a piece that is a token as a whole is that token where the tokenizer says so. Texts that end in the middle of a character
/// are cut as if one of each class stood there; bytes that can be no character are cut as U+FFFD would be.
/// </summary>
internal sealed class ValidityCheck(TokenizerParts parts, MergePairs pairs, Vocabulary raw, bool wholePieces, IReadOnlySet<int> added)
{
    private readonly TextCutter _cutter = new(parts);
    private byte[] _text = new byte[256];
    private int[] _ends = new int[64]; // of the tokens, in the text that is cut
    private bool[] _settled = new bool[64];

    /// <summary>Whether some continuation gives the list.</summary>
    public bool Fits(TokenTail list)
    {
        var (shown, unfinished) = Show(list);
        if (unfinished > 0) return NextCharacters.Unfinished.Any(c => Fits(list, shown, c, replaces: true));
        if (Fits(list, shown, [], replaces: false)) return true;
        return LooksAhead(shown) && NextCharacters.Any.Any(c => Fits(list, shown, c, replaces: false));
    }

    /// <summary>How many of the tokens stand before the last place that is cut whatever comes.</summary>
    public int Settled(TokenTail list)
    {
        var (shown, unfinished) = Show(list);
        var count = list.Tokens.Length;
        if (_settled.Length < count) _settled = new bool[2 * count];
        _settled.AsSpan(0, count).Fill(true);
        var any = false;
        foreach (var character in unfinished > 0 ? NextCharacters.Unfinished : NextCharacters.Any)
        {
            // Not only continuations that this list fits: what it rules out must stay in sight.
            if (!TryCut(list, shown, character, replaces: unfinished > 0)) continue;
            any = true;
            var piece = 0;
            for (var i = 0; i < count; i++)
            {
                while (piece < _cutter.Pieces.Count && _cutter.Pieces[piece].End < _ends[i]) piece++;
                _settled[i] &= piece < _cutter.Pieces.Count && _cutter.Pieces[piece].End == _ends[i] && !(i == count - 1 && unfinished > 0);
            }
        }

        return any ? _settled.AsSpan(0, count).LastIndexOf(true) + 1 : 0;
    }

    /// <summary>Writes down what is cut: the text, less a character that has only begun, and where its tokens end in it.</summary>
    private (int Length, int Unfinished) Show(TokenTail list)
    {
        var bytes = list.Bytes.AsSpan();
        var needed = 3 * bytes.Length + 8;
        if (_text.Length < needed) _text = new byte[2 * needed];
        if (_ends.Length < list.Tokens.Length) _ends = new int[2 * list.Tokens.Length];
        list.Ends.CopyTo(_ends, 0);
        if (Utf8.IsValid(bytes))
        {
            bytes.CopyTo(_text);
            return (bytes.Length, 0);
        }

        var (at, length, token) = (0, 0, 0);
        while (at < bytes.Length)
        {
            var status = System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out var used);
            if (status == System.Buffers.OperationStatus.NeedMoreData) break;
            var written = status == System.Buffers.OperationStatus.Done ? used : 3;
            for (; token < list.Ends.Length && list.Ends[token] < at + used; token++) _ends[token] = length + Math.Min(list.Ends[token] - at, written - 1);
            if (status == System.Buffers.OperationStatus.Done) bytes.Slice(at, used).CopyTo(_text.AsSpan(length));
            else "\uFFFD"u8.CopyTo(_text.AsSpan(length));
            (at, length) = (at + used, length + written);
            for (; token < list.Ends.Length && list.Ends[token] == at; token++) _ends[token] = length;
        }

        for (; token < list.Ends.Length; token++) _ends[token] = length + (list.Ends[token] == bytes.Length ? 2 : 1); // moved when the character is known
        return (length, bytes.Length - at);
    }

    private bool TryCut(TokenTail list, int shown, byte[] next, bool replaces)
    {
        next.CopyTo(_text, shown);
        if (replaces) _ends[list.Tokens.Length - 1] = shown + next.Length;
        return _cutter.TryCut(_text.AsSpan(0, shown + next.Length));
    }

    private bool Fits(TokenTail list, int shown, byte[] next, bool replaces)
    {
        var count = list.Tokens.Length;
        if (!TryCut(list, shown, next, replaces)) return false;
        var (pieces, piece, start) = (_cutter.Pieces, 0, 0);
        for (var i = 0; i < count; i++)
        {
            var (token, end) = (list.Tokens[i], _ends[i]);
            while (pieces[piece].End <= start && end > start) piece++;
            var (from, to, of) = pieces[piece];
            if (to < end) return false;
            if (of >= 0 || added.Contains(token))
            {
                if (of != token || from != start || to != end) return false;
            }
            else if (wholePieces && to <= shown && raw.Find(_text.AsSpan(from, to - from)) is var whole and >= 0)
            {
                if (token != whole || from != start || to != end) return false;
            }
            else if (!pairs.IsMade(token) || start > from && pairs.Joins(list.Tokens[i - 1], token))
            {
                return false;
            }

            start = end;
        }

        return true;
    }

    // What comes next moves a cut only behind blanks and apostrophes; and a piece that goes on is not taken as a whole.
    private bool LooksAhead(int shown)
    {
        if (wholePieces || shown == 0) return true;
        var text = _text.AsSpan(0, shown);
        return CharacterClass.Is(Utf8Text.DecodeBefore(text, shown, out _), CharacterClass.Space) || text[Math.Max(0, shown - 3)..].Contains((byte)'\'');
    }
}
