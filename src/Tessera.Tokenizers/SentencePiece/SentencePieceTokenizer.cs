using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.SentencePiece;

/// <summary>
/// A SentencePiece model file (<c>spiece.model</c>, <c>tokenizer.model</c>) as the original library applies it (Kudo and Richardson, arXiv
/// 1808.06226; google/sentencepiece 0.2.3): ids, pieces, places, decoded text and the best few segmentations are the same. A
/// <see cref="Tokenizer"/> follows Hugging Face's library, which differs in places; this follows Google's. Immutable and safe for any number of threads.
/// </summary>
public sealed partial class SentencePieceTokenizer
{
    private readonly PieceTable _pieces;
    private readonly SentencePieceSettings _settings;
    private readonly SentencePieceNormalizer _normalizer;
    private readonly SentencePieceNormalizer? _denormalizer;
    private readonly PieceSegmenter _segmenter;

    internal SentencePieceTokenizer(PieceTable pieces, SentencePieceSettings settings)
    {
        _pieces = pieces;
        _settings = settings;
        _normalizer = new SentencePieceNormalizer(pieces, settings.Normalizer, settings);
        _denormalizer = settings.Denormalizer is { } map ? new SentencePieceNormalizer(null, map, s_plain) : null;
        _segmenter = PieceSegmenter.Of(settings.Algorithm, pieces);
        BeginOfSequence = ControlId(settings.BeginPiece);
        EndOfSequence = ControlId(settings.EndPiece);
    }

    // A denormaliser replaces characters and leaves blanks alone.
    private static readonly SentencePieceSettings s_plain = new() { DummyPrefix = false, RemoveExtraBlanks = false, EscapeBlanks = false };

    /// <summary>How the model cuts text.</summary>
    public SentencePieceAlgorithm Algorithm => _settings.Algorithm;

    /// <summary>The number of pieces.</summary>
    public int VocabularySize => _pieces.Count;

    /// <summary>The piece of unknown text.</summary>
    public int Unknown => _pieces.Unknown;

    /// <summary>The piece that begins a text; null where the model has none.</summary>
    public int? BeginOfSequence { get; }

    /// <summary>The piece that ends a text; null where the model has none.</summary>
    public int? EndOfSequence { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">The file breaks the rules of its format.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SentencePieceTokenizer Load(string path, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        limits ??= InputLimits.Default;
        var length = new FileInfo(path).Length;
        if (length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {path}", length, limits.MaxJsonBytes);
        return Read(File.ReadAllBytes(path), path, limits);
    }

    /// <summary>Reads a model's bytes.</summary>
    /// <inheritdoc cref="Load"/>
    /// <param name="bytes">The file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">Bounds on what it may ask for; null for the defaults.</param>
    public static SentencePieceTokenizer Read(ReadOnlySpan<byte> bytes, string name = "SentencePiece model", InputLimits? limits = null)
    {
        var (pieces, settings) = SentencePieceFile.Read(bytes, name, limits ?? InputLimits.Default);
        return new SentencePieceTokenizer(pieces, settings);
    }

    /// <summary>The piece of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string IdToPiece(int id)
    {
        if ((uint)id >= (uint)_pieces.Count) throw new ArgumentOutOfRangeException(nameof(id), id, $"The model has {_pieces.Count} pieces.");
        return Encoding.UTF8.GetString(_pieces[id]);
    }

    /// <summary>The id of a piece; that of the unknown one where the model has none of that text.</summary>
    public int PieceToId(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        return _pieces.IdOf(Encoding.UTF8.GetBytes(piece));
    }

    /// <summary>The text as the model reads it: characters replaced, blanks marked.</summary>
    public string Normalize(string text)
    {
        var (normalized, _) = Normalized(Utf8(text));
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(normalized));
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addBegin">Whether the piece that begins a text is put before them.</param>
    /// <param name="addEnd">Whether the piece that ends a text is put behind them.</param>
    /// <exception cref="InvalidOperationException">The model has no such piece.</exception>
    public int[] EncodeToIds(string text, bool addBegin = false, bool addEnd = false)
    {
        var ids = EncodeToPieces(text).Select(static t => t.Id).ToList();
        if (addBegin) ids.Insert(0, BeginOfSequence ?? throw new InvalidOperationException("The model has no piece that begins a text."));
        if (addEnd) ids.Add(EndOfSequence ?? throw new InvalidOperationException("The model has no piece that ends a text."));
        return [.. ids];
    }

    /// <summary>The pieces of a text, with where each stands.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    public SentencePieceToken[] EncodeToPieces(string text)
    {
        var source = Utf8(text);
        var (normalized, places) = Normalized(source);
        var pieces = new List<(int Id, int Length)>();
        _segmenter.Segment(CollectionsMarshal.AsSpan(normalized), pieces);
        return Placed(source, normalized, places, pieces);
    }

    /// <summary>The best segmentations of a text by a unigram model, best first, with the sums of their pieces' scores.</summary>
    /// <param name="text">The text.</param>
    /// <param name="count">How many at most, from 1 to 1,024 as in the original.</param>
    /// <exception cref="NotSupportedException">The model is of another kind.</exception>
    public IReadOnlyList<(int[] Ids, double Score)> EncodeBest(string text, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1024);
        if (_segmenter is not UnigramSegmenter unigram) throw new NotSupportedException("Only a unigram model has several segmentations to choose from.");
        var source = Utf8(text);
        var (normalized, places) = Normalized(source);
        return [.. unigram.Best(CollectionsMarshal.AsSpan(normalized), count)
            .Select(best => (Array.ConvertAll(Placed(source, normalized, places, best.Pieces), static t => t.Id), best.Score))];
    }

    /// <summary>The text of ids.</summary>
    /// <param name="ids">The ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new List<byte>();
        var decoding = BeginDecoding();
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)_pieces.Count) throw new ArgumentOutOfRangeException(nameof(ids), id, $"The model has {_pieces.Count} pieces.");
            decoding.Add(id, text);
        }

        decoding.End(text);
        return Denormalized(text);
    }

    /// <summary>Whether decoded text goes through a map of characters, which looks at the text as a whole.</summary>
    internal bool Denormalizes => _denormalizer is not null;

    /// <summary>Begins to decode ids one by one.</summary>
    internal PieceDecoding BeginDecoding() => new(_pieces, _settings);

    /// <summary>Decoded bytes as text, by the map of characters that the model has for that.</summary>
    internal string Denormalized(List<byte> text)
    {
        if (_denormalizer is null) return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(text));
        var denormalized = new List<byte>();
        _denormalizer.Apply(CollectionsMarshal.AsSpan(text), denormalized, []);
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(denormalized));
    }

    /// <summary>The bytes that a piece stands for by itself: a byte's piece that byte, a marker a blank, a control piece none.</summary>
    internal byte[] BytesOf(ReadOnlySpan<byte> piece)
    {
        var id = _pieces.IdOf(piece);
        if (_pieces.ByteOf(id) is { } value) return [value];
        var text = new List<byte>();
        BeginDecoding().Append(id, atStart: false, text);
        return [.. text];
    }

    private SentencePieceToken[] Placed(byte[] source, List<byte> normalized, List<int> places, List<(int Id, int Length)> pieces)
    {
        var text = CollectionsMarshal.AsSpan(normalized);
        var tokens = new List<SentencePieceToken>(pieces.Count);
        var (at, afterUnknown) = (0, false);
        foreach (var (id, length) in pieces)
        {
            var (start, end) = (places[at], places[at + length]);
            var surface = Encoding.UTF8.GetString(source.AsSpan(start, end - start));
            var piece = text.Slice(at, length);
            var unknown = id == _pieces.Unknown;
            if (unknown && _settings.ByteFallback)
            {
                // The last byte stands for the character, the others for nothing.
                for (var i = 0; i < length; i++)
                {
                    var byteId = _pieces.OfByte(piece[i]);
                    tokens.Add(i == length - 1
                        ? new SentencePieceToken(byteId, IdToPiece(byteId), surface, start, end)
                        : new SentencePieceToken(byteId, IdToPiece(byteId), "", start, start));
                }
            }
            else if (unknown && afterUnknown)
            {
                var last = tokens[^1];
                tokens[^1] = last with { Piece = last.Piece + Encoding.UTF8.GetString(piece), Surface = last.Surface + surface, End = end };
            }
            else
            {
                tokens.Add(new SentencePieceToken(id, Encoding.UTF8.GetString(piece), surface, start, end));
            }

            at += length;
            afterUnknown = unknown;
        }

        return [.. tokens];
    }

    private (List<byte> Text, List<int> Places) Normalized(byte[] source)
    {
        var (text, places) = (new List<byte>(source.Length + 3), new List<int>(source.Length + 4));
        _normalizer.Apply(source, text, places);
        return (text, places);
    }

    private int? ControlId(string piece)
    {
        var id = _pieces.IdOf(Encoding.UTF8.GetBytes(piece));
        return id != _pieces.Unknown && _pieces.TypeOf(id) == PieceType.Control ? id : null;
    }

    // .NET's encoder writes U+FFFD for a lone surrogate.
    private static byte[] Utf8(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text);
    }
}
