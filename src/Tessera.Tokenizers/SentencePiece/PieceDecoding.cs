using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// Ids of a model back to text, one after the other (SentencePieceProcessor::Decode of google/sentencepiece): markers become blanks, the one that
/// was put before the text goes, pieces of bytes make characters, or U+FFFD for each byte that is part of none. Keeps the bytes of a
/// character that is not complete.
/// </summary>
internal sealed class PieceDecoding(PieceTable pieces, SentencePieceSettings settings)
{
    private readonly List<byte> _bytes = [];
    private bool _atStart = true, _sawBlank, _hasText;

    /// <summary>Whether the last character is not complete.</summary>
    public bool IsInsideCharacter => _bytes.Count > 0;

    /// <summary>Adds the text that an id makes complete.</summary>
    public void Add(int id, List<byte> text)
    {
        var before = text.Count;
        if (pieces.ByteOf(id) is { } value)
        {
            _bytes.Add(value);
            WriteBytes(text, final: false);
        }
        else
        {
            WriteBytes(text, final: true);
            _atStart &= !_sawBlank && !_hasText && text.Count == before;
            _sawBlank = Append(id, _atStart, text);
        }

        _hasText |= text.Count > before;
    }

    /// <summary>Adds what the end leaves of a character that is not complete.</summary>
    public void End(List<byte> text) => WriteBytes(text, final: true);

    /// <summary>Adds a piece's text; says whether the blank that was put before the text has been taken off it.</summary>
    public bool Append(int id, bool atStart, List<byte> text)
    {
        switch (pieces.TypeOf(id))
        {
            case PieceType.Control:
                return false;
            case PieceType.Unknown:
                text.AddRange(Encoding.UTF8.GetBytes(settings.UnknownSurface));
                return false;
        }

        var piece = pieces[id];
        var taken = atStart && (settings.DummyPrefix || settings.RemoveExtraBlanks) && piece.StartsWith("▁"u8);
        if (taken) piece = piece["▁"u8.Length..];
        for (var next = piece.IndexOf("▁"u8); next >= 0; next = piece.IndexOf("▁"u8))
        {
            text.AddRange(piece[..next]);
            text.Add((byte)' ');
            piece = piece[(next + "▁"u8.Length)..];
        }

        text.AddRange(piece);
        return taken && !settings.RemoveExtraBlanks; // where extra blanks go, all at the start do
    }

    private void WriteBytes(List<byte> text, bool final)
    {
        while (_bytes.Count > 0)
        {
            var status = Rune.DecodeFromUtf8(CollectionsMarshal.AsSpan(_bytes), out _, out var length);
            if (status == OperationStatus.NeedMoreData && !final) return;
            if (status != OperationStatus.Done) length = 1;
            text.AddRange(status == OperationStatus.Done ? CollectionsMarshal.AsSpan(_bytes)[..length] : "\uFFFD"u8);
            _bytes.RemoveRange(0, length);
        }
    }
}
