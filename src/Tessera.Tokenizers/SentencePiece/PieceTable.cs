using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>A model's pieces: by id, by text, and those that are looked for in text.</summary>
internal sealed class PieceTable
{
    private readonly List<byte[]> _texts = [];
    private readonly List<float> _scores = [];
    private readonly List<PieceType> _types = [];
    private readonly ByteTrie _reserved = new();
    private readonly ByteTrie _userDefined = new();
    private readonly int[] _bytes = new int[256];
    private bool _hasNormal;

    public PieceTable() => Array.Fill(_bytes, -1);

    /// <summary>The number of pieces.</summary>
    public int Count => _texts.Count;

    /// <summary>The pieces that text is searched for, and what they are found by.</summary>
    public ByteTrie Searched { get; } = new();

    /// <summary>The unknown piece.</summary>
    public int Unknown { get; private set; } = -1;

    /// <summary>The lowest score of a normal piece; 0 where there is none.</summary>
    public float LowestScore { get; private set; }

    /// <summary>How many bytes have a piece.</summary>
    public int ByteCount => _bytes.Count(static id => id >= 0);

    /// <summary>Adds the next piece; false where its text stands there already, or a second unknown one.</summary>
    public bool TryAdd(byte[] text, float score, PieceType type)
    {
        var id = _texts.Count;
        if (Find(_reserved, text) >= 0 || Find(Searched, text) >= 0 || type == PieceType.Unknown && Unknown >= 0) return false;
        _texts.Add(text);
        _scores.Add(score);
        _types.Add(type);
        var isSearched = type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused;
        (isSearched ? Searched : _reserved).Add(text, id);
        if (type == PieceType.Unknown) Unknown = id;
        if (type == PieceType.UserDefined) _userDefined.Add(text, id);
        if (type == PieceType.Byte && text.Length == 6 && byte.TryParse(Encoding.ASCII.GetString(text.AsSpan(3, 2)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            _bytes[value] = id;
        if (type == PieceType.Normal) LowestScore = _hasNormal ? Math.Min(LowestScore, score) : score;
        _hasNormal |= type == PieceType.Normal;
        return true;
    }

    /// <summary>A piece's text.</summary>
    public ReadOnlySpan<byte> this[int id] => _texts[id];

    /// <summary>A piece's score.</summary>
    public float ScoreOf(int id) => _scores[id];

    /// <summary>What a piece is.</summary>
    public PieceType TypeOf(int id) => _types[id];

    /// <summary>The piece of a byte.</summary>
    public int OfByte(byte value) => _bytes[value];

    /// <summary>The byte that a piece is, or null.</summary>
    public byte? ByteOf(int id) => _types[id] == PieceType.Byte && Array.IndexOf(_bytes, id) is >= 0 and var value ? (byte)value : null;

    /// <summary>The id of a piece that text is searched for; −1 where there is none of that text.</summary>
    public int FindSearched(ReadOnlySpan<byte> text) => Find(Searched, text);

    /// <summary>The id of a text; the unknown one's where no piece has it.</summary>
    public int IdOf(ReadOnlySpan<byte> text) => Find(_reserved, text) is >= 0 and var reserved ? reserved : Find(Searched, text) is >= 0 and var id ? id : Unknown;

    /// <summary>The length of the longest user-defined piece at the start of a text; 0 for none.</summary>
    public int UserDefinedAt(ReadOnlySpan<byte> text)
    {
        var (node, length) = (ByteTrie.Root, 0);
        for (var i = 0; i < text.Length; i++)
        {
            node = _userDefined.Child(node, text[i]);
            if (node < 0) break;
            if (_userDefined.Value(node) >= 0) length = i + 1;
        }

        return length;
    }

    private static int Find(ByteTrie trie, ReadOnlySpan<byte> text)
    {
        var node = ByteTrie.Root;
        foreach (var b in text)
        {
            node = trie.Child(node, b);
            if (node < 0) return -1;
        }

        return trie.Value(node);
    }
}
