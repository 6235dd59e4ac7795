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
    private const int Batch = 32; // pieces
    private const int Slack = 16; // a short piece has at most 15 ids; four are written at once

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
    /// By batches of pieces: first all are cut, hashed and their lines asked for, then looked up. A line that is not in the first caches
    /// takes longer to come than several pieces take to be cut.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Encode(ReadOnlySpan<byte> text, TokenBuffer output, PieceScratch scratch)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var length = text.Length;
        var cache = scratch.Cache;
        var (lines, shift) = ((nuint)cache.Lines, cache.Shift);
        var scan = _scan;
        var ids = output.Reserve(Slack);
        var (count, limit) = (output.Count, ids.Length - Slack);
        var pieces = stackalloc Piece[Batch];
        for (var start = 0; start < length;)
        {
            var end = pieces;
            for (; end < pieces + Batch && start < length; end++)
            {
                var bytes = scan.Next(ref first, length, start) - start;
                (end->Start, end->Bytes) = (start, bytes);
                if (bytes <= WordCache.MostShort && length - start >= 16)
                {
                    ref var at = ref Unsafe.Add(ref first, start);
                    end->Low = Unsafe.ReadUnaligned<ulong>(ref at) & Unsafe.Add(ref MemoryMarshal.GetReference(LowMasks), bytes);
                    end->High = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, 8)) & Unsafe.Add(ref MemoryMarshal.GetReference(HighMasks), bytes) | (ulong)bytes << 56;
                    end->Hash = WordCache.ShortHash(end->Low, end->High);
                }
                else
                {
                    MakeKey(text.Slice(start, bytes), end);
                }

                Prefetch((ulong*)lines + (end->Hash >> shift) * 8);
                start += bytes;
            }

            for (var piece = pieces; piece < end; piece++)
            {
                if (piece->Bytes <= WordCache.MostShort && count <= limit)
                {
                    var line = (ulong*)lines + (piece->Hash >> shift) * 8;
                    // Without branches: which of the two places holds a word is chance, and a wrong guess costs more than both.
                    var second = Convert.ToUInt32((line[0] ^ piece->Low | line[1] ^ piece->High) != 0);
                    if (((line[2] ^ piece->Low | line[3] ^ piece->High) & (0 - (ulong)second)) == 0)
                    {
                        var value = (int*)(line + 4 + 2 * second);
                        var held = (int)((uint)value[0] >> WordCache.CountShift);
                        (Vector128.Load(value) & Vector128.Create((1 << WordCache.CountShift) - 1, -1, -1, -1)).StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(ids), (nuint)count);
                        count += held;
                        if (held != 0) continue;
                    }
                }

                output.Commit(count);
                Step(text.Slice(piece->Start, piece->Bytes), piece, output, scratch);
                (lines, shift) = ((nuint)cache.Lines, cache.Shift);
                ids = output.Reserve(Slack);
                (count, limit) = (output.Count, ids.Length - Slack);
            }
        }

        output.Commit(count);
    }

    protected override int Next(ReadOnlySpan<byte> text, int start) => _scan.Next(ref MemoryMarshal.GetReference(text), text.Length, start);

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
