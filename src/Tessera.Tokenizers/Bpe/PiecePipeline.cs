using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Bpe;

/// <summary>The fused pipeline of one way of cutting, which is compiled into its loop: next piece, key, hash, line of the cache, ids.</summary>
/// <remarks>
/// What runs for every piece here and in what it calls is compiled well at once: a text of some megabytes would be over before the runtime
/// had counted the calls.
/// </remarks>
/// <typeparam name="TScan">How text is cut.</typeparam>
internal sealed unsafe class PiecePipeline<TScan>(PieceEncoder encoder, TScan scan) : FusedPipeline(encoder)
    where TScan : struct, IPieceScan
{
    private readonly TScan _scan = scan;

    // Which bits of a piece's first and second eight bytes count, by its length.
    private static ReadOnlySpan<ulong> LowMasks =>
    [
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF,
        ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
    ];

    private static ReadOnlySpan<ulong> HighMasks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF,
    ];

    /// <summary>
    /// By batches of pieces: first all are cut, then hashed and their lines asked for, then looked up. A line that is not in the first caches
    /// takes longer to come than several pieces take to be cut, and of three small loops each has its variables in registers.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Encode(ReadOnlySpan<byte> text, TokenBuffer output, PieceScratch scratch)
    {
        output.Expect(text.Length);
        var cache = scratch.Cache;
        var ends = stackalloc int[MostCut];
        var pieces = stackalloc Piece[MostCut];
        for (var start = 0; start < text.Length;)
        {
            var count = Cut(text, start, ends);
            MakeKeys(text, start, ends, count, pieces, cache.Lines, cache.Shift);
            start = ends[count - 1];
            LookUp(text, pieces, count, output, scratch);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    protected override int Cut(ReadOnlySpan<byte> text, int start, int* ends)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var length = text.Length;
        var scan = _scan;
        var tail = stackalloc byte[AsciiWindow.Size];
        var count = 0;
        while (count < FewestCut && start < length)
        {
            if (length - start > AsciiWindow.Fewest)
            {
                var window = length - start >= AsciiWindow.Size ? new AsciiWindow(ref Unsafe.Add(ref first, start)) : AsciiWindow.OfTail(text[start..], tail);
                if (window.IsWorthIt && scan.Starts(window) is not 0 and var starts)
                {
                    for (var left = starts; left != 0; left &= left - 1) ends[count++] = start + BitOperations.TrailingZeroCount(left);
                    start += 63 - BitOperations.LeadingZeroCount(starts);
                    continue;
                }
            }

            start = scan.Next(ref first, length, start);
            ends[count++] = start;
        }

        return count;
    }

    /// <summary>The keys of pieces; their lines of the cache are asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MakeKeys(ReadOnlySpan<byte> text, int start, int* ends, int count, Piece* piece, ulong* lines, int shift)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var lastWhole = text.Length - 16;
        for (var end = ends; end < ends + count; end++, piece++)
        {
            var bytes = *end - start;
            (piece->Start, piece->Bytes) = (start, bytes);
            if (bytes <= WordCache.MostShort && start <= lastWhole)
            {
                ref var at = ref Unsafe.Add(ref first, start);
                var low = Unsafe.ReadUnaligned<ulong>(ref at) & Unsafe.Add(ref MemoryMarshal.GetReference(LowMasks), bytes);
                var high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, 8)) & Unsafe.Add(ref MemoryMarshal.GetReference(HighMasks), bytes) | (ulong)bytes << 56;
                var hash = WordCache.ShortHash(low, high);
                (piece->Low, piece->High, piece->Hash) = (low, high, hash);
                Prefetch(lines + (hash >> shift) * 8);
            }
            else
            {
                MakeKey(text.Slice(start, bytes), piece);
                Prefetch(lines + (piece->Hash >> shift) * 8);
            }

            start = *end;
        }
    }

    /// <summary>The ids of pieces, appended.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void LookUp(ReadOnlySpan<byte> text, Piece* piece, int count, TokenBuffer output, PieceScratch scratch)
    {
        var cache = scratch.Cache;
        var end = piece + count;
        while (true)
        {
            piece = LookUpShort(piece, end, output, cache.Lines, cache.Shift);
            if (piece == end) return;
            Step(text.Slice(piece->Start, piece->Bytes), piece, output, scratch);
            piece++;
        }
    }

    /// <summary>Appends the ids of short pieces up to the first that is not found at once; returns it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Piece* LookUpShort(Piece* piece, Piece* end, TokenBuffer output, ulong* lines, int shift)
    {
        var most = (int)(end - piece);
        var (ids, count) = (output.Reserve(most * WordCache.MostInline), output.Count);
        ref var next = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ids), count);
        for (; piece < end && piece->Bytes <= WordCache.MostShort; piece++)
        {
            var line = lines + (piece->Hash >> shift) * 8;
            // Without branches: which of the two places holds a word is chance, and a wrong guess costs more than both.
            var second = Convert.ToUInt32((line[0] ^ piece->Low | line[1] ^ piece->High) != 0);
            if (((line[2] ^ piece->Low | line[3] ^ piece->High) & (0 - (ulong)second)) != 0) break;
            var value = (int*)(line + 4 + 2 * second);
            var held = (int)((uint)value[0] >> WordCache.CountShift);
            if (held == 0) break;
            (Vector128.Load(value) & Vector128.Create((1 << WordCache.CountShift) - 1, -1, -1, -1)).StoreUnsafe(ref next);
            next = ref Unsafe.Add(ref next, held);
            count += held;
        }

        output.Commit(count);
        return piece;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* line)
    {
        if (Sse.IsSupported) Sse.Prefetch0(line);
    }

    /// <summary>The key and the hash of a piece at the end of the text or of more bytes than a short one has.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MakeKey(ReadOnlySpan<byte> text, Piece* piece)
    {
        (piece->Low, piece->High) = (0, 0);
        if (text.Length > WordCache.MostBytes)
        {
            piece->Hash = 0;
        }
        else if (text.Length > WordCache.MostShort)
        {
            piece->Low = piece->Hash = WordCache.LongHash(text);
        }
        else
        {
            text.CopyTo(new Span<byte>(&piece->Low, 2 * sizeof(ulong)));
            piece->High |= (ulong)text.Length << 56;
            piece->Hash = WordCache.ShortHash(piece->Low, piece->High);
        }
    }

    /// <summary>A piece of any length, held or not.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Step(ReadOnlySpan<byte> text, Piece* piece, TokenBuffer output, PieceScratch scratch)
    {
        var cache = scratch.Cache;
        var value = text.Length <= WordCache.MostShort ? cache.FindShort(piece->Low, piece->High, piece->Hash)
            : text.Length <= WordCache.MostBytes ? cache.FindLong(text, piece->Hash)
            : null;
        if (value != null)
        {
            output.Append(cache.IdsOf(value));
            return;
        }

        var dropped = scratch.Dropped;
        scratch.Dropped = false;
        var ids = Encoder.Encode(text, scratch);
        if (text.Length <= WordCache.MostBytes && ids.Length > 0 && !scratch.Dropped) cache.Add(text, piece->Low, piece->High, piece->Hash, ids);
        scratch.Dropped |= dropped;
        output.Append(ids);
    }

    /// <summary>A piece that was cut, and its key in the cache.</summary>
    private struct Piece
    {
        public ulong Low, High, Hash;
        public int Start, Bytes;
    }
}
