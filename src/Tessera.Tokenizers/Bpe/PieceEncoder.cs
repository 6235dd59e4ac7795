using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// From the bytes of a piece to ids, for the fused pipelines: the whole piece if it is a token that its merges reach, else the merges, by
/// a scan of up to 64 symbols in vectors, and window by window beyond. Where a SentencePiece vocabulary writes U+2581, pieces have a blank.
/// </summary>
/// <remarks>Gives the ids of <see cref="BpeModel"/>; knows nothing of bounds, caches and how text was cut. Shared by threads.</remarks>
internal sealed partial class PieceEncoder
{
    private const int MostScanned = 64, PositionBits = 6;
    private const uint NoRank = uint.MaxValue;
    private const int BlankSymbolBytes = 3; // U+2581 in UTF-8

    private readonly BpeModel _model;
    private readonly MergeTable _merges;
    private readonly Vocabulary _tokens;
    private readonly bool _onBytes;
    private readonly int[] _symbols = new int[256]; // of bytes, or of ASCII characters; −1 for none
    private readonly uint[] _firstRanks; // of two bytes, or ASCII characters, that stand side by side
    private readonly int[]?[] _characters = new int[]?[0x1100]; // by 256 scalars: the symbol + 1
    private readonly int[]? _fallback;
    private readonly byte[] _isWhole; // by id: 0 not known yet, 1 merges reach it, 2 they do not
    private readonly bool _canScan;
    private readonly int _longestToken;
    private ushort[]? _lengths;

    /// <summary>Creates the encoder of a model: on bytes, or on characters with byte fallback for every byte.</summary>
    public PieceEncoder(BpeModel model)
    {
        _model = model;
        _merges = model.Lookup.Table;
        _tokens = model.Raw;
        _onBytes = model.Options.OnBytes;
        _isWhole = new byte[_tokens.Size];
        for (var id = 0; id < _tokens.Size; id++) _longestToken = Math.Max(_longestToken, _tokens[id].Length);
        _canScan = _merges.HighestRank < 1 << (32 - PositionBits) - 1;
        if (_onBytes)
        {
            for (var b = 0; b < 256; b++) _symbols[b] = _tokens.Find([(byte)b]);
        }
        else
        {
            _fallback = BpeModel.ByteTokens(_tokens);
            FindCharacters();
            for (var b = 0; b < 128; b++) _symbols[b] = SymbolOf(b == ' ' ? Blank : b) is var symbol and >= 0 ? symbol : _fallback[b];
        }

        var count = _onBytes ? 256 : 128;
        _firstRanks = new uint[256 * 256];
        _firstRanks.AsSpan().Fill(NoRank);
        for (var left = 0; left < count; left++)
        {
            for (var right = 0; right < count && _symbols[left] >= 0; right++)
            {
                if (_symbols[right] >= 0 && _merges.Find(_symbols[left], _symbols[right]) is not MergeTable.None and var slot) _firstRanks[left << 8 | right] = (uint)_merges.RankAt(slot);
            }
        }
    }

    /// <summary>The number of bytes of a piece that each id stands for: a blank counts as one.</summary>
    public ushort[] Lengths => _lengths ??= LengthsOfTokens();

    /// <summary>SentencePiece's mark for a blank.</summary>
    public const int Blank = 0x2581;

    /// <summary>The ids of a piece; valid until the next call.</summary>
    /// <param name="piece">Well-formed UTF-8 or part of it on bytes, not empty.</param>
    /// <param name="scratch">Working memory of the calling thread; it is told when bytes were dropped for want of a token.</param>
    public ReadOnlySpan<int> Encode(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        var whole = piece.Length <= _longestToken ? FindWhole(piece) : -1;
        if (whole >= 0 && (_model.Options.IgnoreMerges || _isWhole[whole] == 1))
        {
            scratch.Ids[0] = whole;
            return scratch.Ids.AsSpan(0, 1);
        }

        var ids = Merge(piece, scratch);
        if (whole >= 0) _isWhole[whole] = (byte)(ids.Length == 1 && ids[0] == whole ? 1 : 2);
        return ids;
    }

    private ReadOnlySpan<int> Merge(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        var most = _canScan ? MostScanned : 0;
        var count = Split(piece, most + 1, scratch, out var consumed);
        if (count > most || consumed < piece.Length) return MergeByWindows(piece, scratch);
        if (count == 0) return default;
        return count == 1 ? scratch.Symbols.AsSpan(0, 1) : Scan(piece, count, scratch);
    }

    /// <summary>Writes the symbols that a piece starts from, and where each starts.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="most">How many symbols to stop at; a character that becomes bytes may go beyond.</param>
    /// <param name="scratch">Takes the symbols.</param>
    /// <param name="consumed">How many bytes they stand for.</param>
    private int Split(ReadOnlySpan<byte> piece, int most, PieceScratch scratch, out int consumed)
    {
        scratch.RoomForSymbols(most + 4);
        var (symbols, starts) = (scratch.Symbols, scratch.Starts);
        var (at, count) = (0, 0);
        while (at < piece.Length && count < most)
        {
            var b = piece[at];
            if (_onBytes || b < 0x80)
            {
                starts[count] = at++;
                symbols[count] = _symbols[b];
                if (_symbols[b] >= 0) count++;
                else scratch.Dropped = true;
                continue;
            }

            var scalar = Utf8Text.Decode(piece, at, out var length);
            if (SymbolOf(scalar) is var symbol and >= 0)
            {
                (starts[count], symbols[count]) = (at, symbol);
                count++;
                at += length;
                continue;
            }

            for (var end = at + length; at < end; at++, count++) (starts[count], symbols[count]) = (at, _fallback![piece[at]]);
        }

        consumed = at;
        return count;
    }

    /// <summary>
    /// The merges of up to 64 symbols. Each pair's key is its rank and position in 32 bits, so that the least key is the pair to join,
    /// leftmost first; a bit mask says which symbols are left, so that nothing moves.
    /// </summary>
    private ReadOnlySpan<int> Scan(ReadOnlySpan<byte> piece, int count, PieceScratch scratch)
    {
        Span<uint> keys = stackalloc uint[MostScanned];
        Span<int> slots = stackalloc int[MostScanned];
        var symbols = scratch.Symbols.AsSpan(0, MostScanned + 1);
        var padded = (count + 7) & ~7;
        keys[..padded].Fill(uint.MaxValue);
        var starts = scratch.Starts.AsSpan(0, count);
        var simple = _onBytes ? 256 : 128;
        for (var i = 0; i + 1 < count; i++)
        {
            var (left, right) = (piece[starts[i]], piece[starts[i + 1]]);
            slots[i] = MergeTable.None; // looked up if it comes to that
            if ((left | right) >= simple) keys[i] = Key(symbols[i], symbols[i + 1], i, ref slots[i]);
            else if (_firstRanks[left << 8 | right] is not NoRank and var rank) keys[i] = rank << PositionBits | (uint)i;
        }

        var live = count == 64 ? ulong.MaxValue : (1ul << count) - 1;
        while (true)
        {
            var best = Least(keys, padded);
            if (best == uint.MaxValue) break;
            var at = (int)(best & (MostScanned - 1));
            var behind = live & (ulong.MaxValue << at << 1);
            var next = BitOperations.TrailingZeroCount(behind);
            live &= ~(1ul << next);
            behind &= behind - 1;
            keys[next & 63] = uint.MaxValue;
            var slot = slots[at] == MergeTable.None ? _merges.Find(symbols[at], symbols[next]) : slots[at];
            var symbol = symbols[at] = _merges.ResultAt(slot);
            keys[at] = behind == 0 ? uint.MaxValue : Key(symbol, symbols[BitOperations.TrailingZeroCount(behind)], at, ref slots[at]);
            var before = live & ((1ul << at) - 1);
            if (before == 0) continue;
            var previous = 63 - BitOperations.LeadingZeroCount(before);
            keys[previous] = Key(symbols[previous], symbol, previous, ref slots[previous]);
        }

        var written = 0;
        for (; live != 0; live &= live - 1) symbols[written++] = symbols[BitOperations.TrailingZeroCount(live)];
        return symbols[..written];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Key(int left, int right, int at, ref int slot)
    {
        slot = _merges.Find(left, right);
        return slot == MergeTable.None ? uint.MaxValue : (uint)_merges.RankAt(slot) << PositionBits | (uint)at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Least(ReadOnlySpan<uint> keys, int padded)
    {
        ref var first = ref MemoryMarshal.GetReference(keys);
        var least = Vector256.LoadUnsafe(ref first);
        for (var i = 8; i < padded; i += 8) least = Vector256.Min(least, Vector256.LoadUnsafe(ref first, (nuint)i));
        var half = Vector128.Min(least.GetLower(), least.GetUpper());
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(2u, 3u, 0u, 1u)));
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(1u, 0u, 3u, 2u)));
        return half.ToScalar();
    }

    private int FindWhole(ReadOnlySpan<byte> piece)
    {
        if (_onBytes || !piece.Contains((byte)' ')) return _tokens.Find(piece);
        const int most = 256; // bytes; a longer token is merged, for nothing but time
        if (piece.Length > most) return -1;
        Span<byte> written = stackalloc byte[BlankSymbolBytes * most];
        var length = 0;
        foreach (var b in piece)
        {
            if (b == ' ')
            {
                "▁"u8.CopyTo(written[length..]);
                length += BlankSymbolBytes;
            }
            else
            {
                written[length++] = b;
            }
        }

        return _tokens.Find(written[..length]);
    }

    private ushort[] LengthsOfTokens()
    {
        var lengths = new ushort[_tokens.Size];
        for (var id = 0; id < lengths.Length; id++)
        {
            var token = _tokens[id];
            lengths[id] = (ushort)(_onBytes ? token.Length : token.Length - (BlankSymbolBytes - 1) * token.Count("▁"u8));
        }

        foreach (var id in _fallback ?? []) lengths[id] = 1;
        return lengths;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SymbolOf(int scalar) => _characters[scalar >> 8] is { } page ? page[scalar & 0xFF] - 1 : -1;

    private void FindCharacters()
    {
        for (var id = 0; id < _tokens.Size; id++)
        {
            var token = _tokens[id];
            if (token.Length is 0 or > 4 || Utf8Text.LengthOf(token[0]) != token.Length) continue;
            var scalar = Utf8Text.Decode(token, 0, out _);
            (_characters[scalar >> 8] ??= new int[256])[scalar & 0xFF] = id + 1;
        }
    }
}
