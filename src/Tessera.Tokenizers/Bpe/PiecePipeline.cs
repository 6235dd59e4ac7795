using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Bpe;

/// <summary>The fused pipeline of one way of cutting, compiled as one loop: next piece, key, hash, line of the cache, ids.</summary>
/// <remarks>
/// What runs for every piece here and in what it calls is compiled well at once: a text of some megabytes would be over before the runtime
/// had counted the calls.
/// </remarks>
/// <typeparam name="TScan">How text is cut.</typeparam>
internal sealed unsafe class PiecePipeline<TScan>(PieceEncoder encoder, TScan scan) : FusedPipeline(encoder)
    where TScan : struct, IPieceScan
{
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
        for (int start = 0, end; start < length; start = end)
        {
            end = scan.Next(ref first, length, start);
            var bytes = end - start;
            if (bytes <= WordCache.MostShort && length - start >= 16 && count <= limit)
            {
                ref var at = ref Unsafe.Add(ref first, start);
                var low = Unsafe.ReadUnaligned<ulong>(ref at) & Unsafe.Add(ref MemoryMarshal.GetReference(LowMasks), bytes);
                var high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, 8)) & Unsafe.Add(ref MemoryMarshal.GetReference(HighMasks), bytes) | (ulong)bytes << 56;
                var line = (ulong*)lines + (WordCache.ShortHash(low, high) >> shift) * 8;
                // Without branches: which of the two places holds a word is chance, and a wrong guess costs more than both.
                var other = line[0] ^ low | line[1] ^ high;
                var second = Convert.ToUInt32(other != 0);
                if (((line[2] ^ low | line[3] ^ high) & (0 - (ulong)second)) == 0)
                {
                    var value = (int*)(line + 4 + 2 * second);
                    var held = (int)((uint)value[0] >> WordCache.CountShift);
                    (Vector128.Load(value) & Vector128.Create((1 << WordCache.CountShift) - 1, -1, -1, -1)).StoreUnsafe(ref MemoryMarshal.GetArrayDataReference(ids), (nuint)count);
                    count += held;
                    if (held != 0) continue;
                }
            }

            output.Commit(count);
            Step(text.Slice(start, bytes), output, scratch);
            (lines, shift) = ((nuint)cache.Lines, cache.Shift);
            ids = output.Reserve(Slack);
            (count, limit) = (output.Count, ids.Length - Slack);
        }

        output.Commit(count);
    }

    protected override int Next(ReadOnlySpan<byte> text, int start) => _scan.Next(ref MemoryMarshal.GetReference(text), text.Length, start);

    /// <summary>A piece of any length, held or not.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Step(ReadOnlySpan<byte> piece, TokenBuffer output, PieceScratch scratch)
    {
        var cache = scratch.Cache;
        ulong low = 0, high = 0, hash = 0;
        int* value = null;
        if (piece.Length <= WordCache.MostShort)
        {
            (low, high) = KeyOf(piece);
            hash = WordCache.ShortHash(low, high);
            value = cache.FindShort(low, high, hash);
        }
        else if (piece.Length <= WordCache.MostBytes)
        {
            low = hash = WordCache.LongHash(piece);
            value = cache.FindLong(piece, hash);
        }

        if (value != null)
        {
            output.Append(cache.IdsOf(value));
            return;
        }

        var dropped = scratch.Dropped;
        scratch.Dropped = false;
        var ids = Encoder.Encode(piece, scratch);
        if (piece.Length <= WordCache.MostBytes && ids.Length > 0 && !scratch.Dropped) cache.Add(piece, low, high, hash, ids);
        scratch.Dropped |= dropped;
        output.Append(ids);
    }

    private static (ulong Low, ulong High) KeyOf(ReadOnlySpan<byte> piece)
    {
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        piece.CopyTo(padded);
        padded[15] = (byte)piece.Length;
        return (BitConverter.ToUInt64(padded), BitConverter.ToUInt64(padded[8..]));
    }
}
