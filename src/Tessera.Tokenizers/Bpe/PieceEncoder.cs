using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// From the bytes of a piece to ids, for the fused pipelines: the merges by a scan of up to 64 symbols in vectors, and window by window
/// beyond; where the model ignores merges for them, whole tokens first. Where a SentencePiece vocabulary writes U+2581, pieces have a blank.
/// </summary>
/// <remarks>Gives the ids of <see cref="BpeModel"/>; knows nothing of bounds, caches and how text was cut. Shared by threads.</remarks>
internal sealed partial class PieceEncoder
{
    private const int MostScanned = 64, PositionBits = 6;
    private const uint NoRank = unchecked((uint)MergeTable.None); // above every key
    private const int BlankSymbolBytes = 3; // U+2581 in UTF-8

    private readonly BpeModel _model;
    private readonly MergeTable _merges;
    private readonly Vocabulary _tokens;
    private readonly bool _onBytes;
    private readonly int[] _symbols = new int[256]; // of bytes, or of ASCII characters; −1 for none
    private readonly uint[] _firstRanks; // of two bytes, or ASCII characters, that stand side by side
    private readonly int[]?[] _characters = new int[]?[0x1100]; // by 256 scalars: the symbol + 1
    private readonly int[]? _fallback;
    private readonly bool _spellsBytes; // on bytes, with a symbol for each
    private readonly bool _canScan;
    private readonly int _longestToken;
    private ushort[]? _lengths;

    /// <summary>Creates the encoder of a model: on bytes, or on characters with byte fallback for every byte.</summary>
    /// <param name="model">The model.</param>
    /// <param name="merges">Its merges.</param>
    public PieceEncoder(BpeModel model, MergeTable merges)
    {
        _model = model;
        _merges = merges;
        _tokens = model.Raw;
        _onBytes = model.Options.OnBytes;
        for (var id = 0; id < _tokens.Size; id++) _longestToken = Math.Max(_longestToken, _tokens[id].Length);
        _canScan = _merges.HighestRank < (1 << (32 - PositionBits)) - 1;
        if (_onBytes)
        {
            for (var b = 0; b < 256; b++) _symbols[b] = _tokens.Find([(byte)b]);
            _spellsBytes = !_symbols.Contains(-1);
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
                if (_symbols[right] >= 0) _firstRanks[left << 8 | right] = (uint)_merges.Find(_symbols[left], _symbols[right]);
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<int> Encode(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        // Otherwise merging finds a whole token as well, and looking for one first costs more than it saves in front of a cache.
        if (!_model.Options.IgnoreMerges || piece.Length > _longestToken || _tokens.FindInPlace(piece) is not (>= 0 and var whole)) return Merge(piece, scratch);
        scratch.Ids[0] = whole;
        return scratch.Ids.AsSpan(0, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<int> Merge(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        var most = _canScan ? MostScanned : 0;
        if (_spellsBytes && piece.Length <= most) return ScanBytes(piece, scratch);
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>The merges of up to 64 bytes, each with a symbol.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<int> ScanBytes(ReadOnlySpan<byte> piece, PieceScratch scratch)
    {
        Span<uint> keys = stackalloc uint[MostScanned];
        Clear(keys, piece.Length);
        var symbols = scratch.Symbols.AsSpan(0, MostScanned + 1);
        for (var i = 0; i < piece.Length; i++)
        {
            symbols[i] = _symbols[piece[i]];
            if (i > 0) keys[i - 1] = Key(_firstRanks[piece[i - 1] << 8 | piece[i]], i - 1);
        }

        return Join(keys, symbols, piece.Length);
    }

    /// <summary>The merges of up to 64 symbols.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<int> Scan(ReadOnlySpan<byte> piece, int count, PieceScratch scratch)
    {
        Span<uint> keys = stackalloc uint[MostScanned];
        Clear(keys, count);
        var symbols = scratch.Symbols.AsSpan(0, MostScanned + 1);
        var starts = scratch.Starts.AsSpan(0, count);
        var simple = _onBytes ? 256 : 128;
        for (var i = 0; i + 1 < count; i++)
        {
            var (left, right) = (piece[starts[i]], piece[starts[i + 1]]);
            keys[i] = (left | right) < simple ? Key(_firstRanks[left << 8 | right], i) : Key(symbols[i], symbols[i + 1], i);
        }

        return Join(keys, symbols, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(Span<uint> keys, int count)
    {
        for (var i = Padded(count) - 8; i >= 0; i -= 8) Vector256.Create(NoRank).CopyTo(keys[i..]);
    }

    private static int Padded(int count) => Math.Max(TwoRegisterKeys.Most, (count + 7) & ~7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<int> Join(scoped Span<uint> keys, Span<int> symbols, int count)
    {
        if (count <= RegisterKeys.Most) return Join(new RegisterKeys(ref keys[0]), symbols, count);
        return count <= TwoRegisterKeys.Most ? Join(new TwoRegisterKeys(ref keys[0]), symbols, count) : Join(new MemoryKeys(keys[..Padded(count)]), symbols, count);
    }

    /// <summary>
    /// Joins pairs. Each pair's key is its rank and position in 32 bits, so that the least key is the pair to join, leftmost first; a bit
    /// mask says which symbols are left, so that nothing moves.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<int> Join<TKeys>(scoped TKeys keys, Span<int> symbols, int count)
        where TKeys : struct, IPairKeys, allows ref struct
    {
        var live = count == MostScanned ? ulong.MaxValue : (1ul << count) - 1;
        while (keys.Least is not NoRank and var best)
        {
            var at = (int)(best & (MostScanned - 1));
            var behind = live & (ulong.MaxValue << at << 1);
            var next = BitOperations.TrailingZeroCount(behind);
            live &= ~(1ul << next);
            behind &= behind - 1;
            if (behind != 0) keys.Set(next, NoRank); // the last symbol has no pair
            var symbol = symbols[at] = _merges.ResultOf((int)(best >> PositionBits));
            keys.Set(at, behind == 0 ? NoRank : Key(symbol, symbols[BitOperations.TrailingZeroCount(behind)], at));
            var before = live & ((1ul << at) - 1);
            if (before == 0) continue;
            var previous = 63 - BitOperations.LeadingZeroCount(before);
            keys.Set(previous, Key(symbols[previous], symbol, previous));
        }

        var written = 0;
        for (; live != 0; live &= live - 1) symbols[written++] = symbols[BitOperations.TrailingZeroCount(live)];
        return symbols[..written];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Key(int left, int right, int at) => Key((uint)_merges.Find(left, right), at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Key(uint rank, int at) => rank == NoRank ? NoRank : rank << PositionBits | (uint)at;

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
