using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", arXiv 1508.07909): a piece starts as
/// characters or bytes, and the adjacent pair of lowest rank is joined, leftmost first, until none is left. Short pieces by scanning an
/// array, long ones by heap and linked list, n log n. Knows nothing about how text was cut.
/// </summary>
internal sealed partial class BpeModel : TokenModel
{
    private Vocabulary? _vocabulary; // as the file writes them; made from the others when it is asked for, where it did not come
    private readonly Vocabulary _raw; // tokens as the bytes that pieces are made of
    private readonly MergeLookup _merges;
    private readonly BpeOptions _options;
    private readonly int[] _bytes = new int[256]; // OnBytes: the symbol of each byte; else of each ASCII character; −1 for none
    private readonly int[]? _fallback; // the token of each byte
    private readonly int _unknown;
    private readonly bool _hasAffixes;
    private readonly IReadOnlyDictionary<int, int>? _pseudo; // characters that are no tokens but parts of some

    /// <summary>Creates the model.</summary>
    /// <param name="vocabulary">The tokens, as the file writes them.</param>
    /// <param name="merges">The merges by ids.</param>
    /// <param name="options">The switches.</param>
    /// <param name="pseudoSymbols">Characters without a token of their own that merges start from, with symbols beyond the vocabulary.</param>
    public BpeModel(Vocabulary vocabulary, Merge[] merges, BpeOptions options, IReadOnlyDictionary<int, int>? pseudoSymbols = null)
        : this(options.OnBytes ? vocabulary.FromAlphabet() : vocabulary, new MergeLookup(merges), options, pseudoSymbols) => _vocabulary = vocabulary;

    /// <summary>Creates the model of tokens that are the bytes that pieces are made of.</summary>
    /// <param name="raw">The tokens; on bytes not in the byte alphabet.</param>
    /// <param name="merges">The merges by ids.</param>
    /// <param name="options">The switches.</param>
    /// <param name="pseudoSymbols">As above.</param>
    public BpeModel(Vocabulary raw, MergeLookup merges, BpeOptions options, IReadOnlyDictionary<int, int>? pseudoSymbols)
    {
        _raw = raw;
        _merges = merges;
        _options = options;
        _pseudo = pseudoSymbols;
        _hasAffixes = options.ContinuingPrefix.Length > 0 || options.EndSuffix.Length > 0;
        _unknown = options.UnknownToken is null ? -1 : FindWritten(options.UnknownToken);
        var limit = options.OnBytes ? 256 : 128;
        for (var b = 0; b < _bytes.Length; b++) _bytes[b] = b < limit ? _raw.Find([(byte)b]) : -1;
        if (options.ByteFallback) _fallback = ByteTokens(raw);
    }

    public override Vocabulary Vocabulary => _vocabulary ??= _options.OnBytes ? _raw.ToAlphabet() : _raw;

    public override int VocabularySize => _raw.Size;

    /// <summary>The switches.</summary>
    public BpeOptions Options => _options;

    /// <summary>Whether symbols carry a prefix or a suffix.</summary>
    public bool HasAffixes => _hasAffixes;

    /// <summary>Whether there are symbols beyond the vocabulary.</summary>
    public bool HasPseudoSymbols => _pseudo is { Count: > 0 };

    /// <summary>The tokens as the bytes that pieces are made of.</summary>
    public Vocabulary Raw => _raw;

    /// <summary>The merges and their look-up.</summary>
    public MergeLookup Lookup => _merges;

    /// <summary>Characters that are no tokens but parts of some, with their symbols; null for none.</summary>
    public IReadOnlyDictionary<int, int>? PseudoSymbols => _pseudo;

    /// <summary>The merges, in any order.</summary>
    public IReadOnlyList<Merge> Merges => _merges.Merges;

    /// <summary>The tokens &lt;0x00&gt; to &lt;0xFF&gt;; −1 for those that are missing.</summary>
    public static int[] ByteTokens(Vocabulary vocabulary)
    {
        var tokens = new int[256];
        var token = "<0x00>"u8.ToArray();
        for (var b = 0; b < 256; b++)
        {
            (token[3], token[4]) = (Digit(b >> 4), Digit(b & 15));
            tokens[b] = vocabulary.Find(token);
        }

        return tokens;

        static byte Digit(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
    }

    /// <summary>The id of a token as the file writes it, or −1; without the vocabulary as the file writes it.</summary>
    private int FindWritten(string token)
    {
        var written = Utf8Text.BytesOf(token);
        if (!_options.OnBytes) return _raw.Find(written);
        if (ByteAlphabet.Decode(written) is { } bytes) return _raw.Find(bytes);
        var id = -1;
        foreach (var entry in _raw.Literals)
        {
            if (_raw.Entry(entry).SequenceEqual(written)) id = _raw.IdOf(entry);
        }

        return id;
    }

    public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        if (_options.IgnoreMerges && _raw.Find(piece) is var whole and >= 0)
        {
            output.Add(whole, 0, piece.Length);
            return;
        }

        var dropout = double.IsNaN(scratch.DropoutProbability) ? _options.Dropout : scratch.DropoutProbability;
        if (dropout > 0)
        {
            Split(piece, scratch.Bpe);
            MergeWithDropout(scratch, dropout);
            Emit(scratch.Bpe, piece.Length, output);
            return;
        }

        if (piece.Length is 0 or > SplitCache.MostBytes)
        {
            Encode(piece, output, scratch.Bpe);
            return;
        }

        if (scratch.Splits.TryAppend(piece, output, out var key)) return;
        var first = output.Count;
        Encode(piece, output, scratch.Bpe);
        scratch.Splits.Keep(key, output, first);
    }

    private void Encode(ReadOnlySpan<byte> piece, TokenBuffer output, BpeScratch scratch)
    {
        Split(piece, scratch);
        // Where the heap overtakes the scan; 24 to 48 made no difference on English and Chinese text.
        if (scratch.Count <= 32) MergeByScan(scratch);
        else MergeByHeap(scratch);
        Emit(scratch, piece.Length, output);
    }

    /// <summary>The symbols that a piece starts from.</summary>
    private void Split(ReadOnlySpan<byte> piece, BpeScratch scratch)
    {
        scratch.Count = 0;
        var (pending, pendingLength) = (false, 0); // an unknown that may still grow
        for (var i = 0; i < piece.Length;)
        {
            var length = _options.OnBytes ? 1 : Utf8Text.LengthOf(piece[i]);
            var isLast = i + length == piece.Length;
            var symbol = _hasAffixes ? FindWithAffixes(piece.Slice(i, length), i == 0, isLast) : length == 1 ? _bytes[piece[i]] : _raw.Find(piece.Slice(i, length));
            if (symbol < 0 && _pseudo is not null && _pseudo.TryGetValue(Utf8Text.Decode(piece, i, out _), out var pseudo)) symbol = pseudo;
            if (symbol >= 0)
            {
                if (pending) scratch.Add(_unknown, pendingLength);
                pending = false;
                scratch.Add(symbol, length);
            }
            else if (!AddFallback(piece.Slice(i, length), i == 0, isLast, scratch))
            {
                AddUnknown(length, scratch, ref pending, ref pendingLength);
            }

            i += length;
        }

        if (pending) scratch.Add(_unknown, pendingLength);
    }

    private void AddUnknown(int length, BpeScratch scratch, ref bool pending, ref int pendingLength)
    {
        if (_options.UnknownToken is null) return; // dropped, as the original does
        if (_unknown < 0) throw new MalformedInputException("tokenizer", "model.unk_token", $"the unknown token \"{_options.UnknownToken}\" is needed and not in the vocabulary");
        if (pending && !_options.FuseUnknown)
        {
            scratch.Add(_unknown, pendingLength);
            pending = false;
        }

        pendingLength = pending ? pendingLength + length : length;
        pending = true;
    }

    /// <summary>The bytes of an unknown character as tokens; only if there is one for each. (An unknown still pending comes behind them, as in the original.)</summary>
    private bool AddFallback(ReadOnlySpan<byte> character, bool isFirst, bool isLast, BpeScratch scratch)
    {
        if (_fallback is null) return false;
        Span<byte> affixed = stackalloc byte[_hasAffixes ? _options.ContinuingPrefix.Length + 4 + _options.EndSuffix.Length : 4];
        var text = _hasAffixes ? Affixed(character, isFirst, isLast, affixed) : character;
        foreach (var b in text)
        {
            if (_fallback[b] < 0) return false;
        }

        foreach (var b in text) scratch.Add(_fallback[b], 1);
        return true;
    }

    private int FindWithAffixes(ReadOnlySpan<byte> character, bool isFirst, bool isLast)
    {
        Span<byte> affixed = stackalloc byte[_options.ContinuingPrefix.Length + 4 + _options.EndSuffix.Length];
        return _raw.Find(Affixed(character, isFirst, isLast, affixed));
    }

    private ReadOnlySpan<byte> Affixed(ReadOnlySpan<byte> character, bool isFirst, bool isLast, Span<byte> into)
    {
        var length = 0;
        if (!isFirst)
        {
            _options.ContinuingPrefix.CopyTo(into);
            length = _options.ContinuingPrefix.Length;
        }

        character.CopyTo(into[length..]);
        length += character.Length;
        if (isLast)
        {
            _options.EndSuffix.CopyTo(into[length..]);
            length += _options.EndSuffix.Length;
        }

        return into[..length];
    }

    private void Emit(BpeScratch scratch, int pieceLength, TokenBuffer output)
    {
        var at = 0;
        for (var i = 0; i < scratch.Count; i++)
        {
            var symbol = scratch.Symbols[i];
            if (symbol < 0) continue;
            var end = Math.Min(at + scratch.Lengths[i], pieceLength);
            if (symbol < _raw.Size) output.Add(symbol, at, end);
            else EmitPseudo(symbol, at, end, output);
            at = end;
        }
    }

    /// <summary>A character that merged with nothing and is no token: its bytes, else unknown.</summary>
    private void EmitPseudo(int symbol, int start, int end, TokenBuffer output)
    {
        var scalar = _pseudo!.First(p => p.Value == symbol).Key;
        Span<byte> bytes = stackalloc byte[4];
        var length = Utf8Text.Encode(scalar, bytes);
        if (_fallback is not null && bytes[..length].ToArray().All(b => _fallback[b] >= 0))
        {
            for (var i = 0; i < length; i++) output.Add(_fallback[bytes[i]], start, end);
        }
        else if (_unknown >= 0)
        {
            output.Add(_unknown, start, end);
        }
    }
}
