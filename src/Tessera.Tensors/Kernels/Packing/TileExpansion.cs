using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Formats;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Turns blocks of a packed panel into the tiles that kernels multiply. An integer tile holds, per block of 32, 8 steps × 16 rows × 4 code
/// bytes; formats with a zero point come out as code − zero point + 128, formats with a minimum as they are; scales and minima are F32
/// (Q6_K has two scales per block). A float tile is [k][16] F32. Portable vectors, exact on every processor.
/// </summary>
internal static unsafe class TileExpansion
{
    /// <summary>The most bytes of scales that a block can have in an integer tile: 2 × 16 floats.</summary>
    public const int MaxBlockScales = 32;

    /// <summary>Expands <paramref name="count"/> blocks into an integer tile.</summary>
    /// <param name="layout">The panel's layout, an integer kind.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="block">The first block; a multiple of 8 for K-quants.</param>
    /// <param name="count">How many blocks.</param>
    /// <param name="codes">Takes 512 bytes a block.</param>
    /// <param name="scales">Takes 16 floats a block, 32 for Q6_K.</param>
    /// <param name="minima">Takes 16 floats a block where the format has minima.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandIntegers(in PanelLayout layout, byte* panel, int block, int count, byte* codes, float* scales, float* minima)
    {
        ExpandCodes(layout, panel, block, count, codes);
        ExpandScales(layout, panel, block, count, scales, minima);
    }

    /// <summary>Expands columns [column, column + count) into a float tile; both are multiples of 256 or end at the row's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandFloats(in PanelLayout layout, byte* panel, int column, int count, float* tile)
    {
        switch (layout.Kind)
        {
            case PanelKind.Single:
                Buffer.MemoryCopy((float*)panel + (long)column * PanelLayout.Width, tile, (long)count * 64, (long)count * 64);
                break;
            case PanelKind.Half:
                var halves = (ushort*)panel + (long)column * PanelLayout.Width;
                if (Vector512.IsHardwareAccelerated)
                    for (var i = 0; i < count; i++) HalfLanes.Load16(halves + 16 * i).Store(tile + 16 * i);
                else
                    for (var i = 0; i < count * 2; i++) HalfLanes.Load8(halves + 8 * i).Store(tile + 8 * i);
                break;
            case PanelKind.BFloat:
                for (var i = 0; i < count * 2; i++)
                {
                    HalfLanes.LoadBFloat8((ushort*)panel + (long)column * PanelLayout.Width + 8 * i).Store(tile + 8 * i);
                }

                break;
            case PanelKind.Opaque:
                ExpandOpaque(layout, panel, column, count, tile);
                break;
            default:
                ExpandQuantised(layout, panel, column / PanelLayout.BlockLength, count / PanelLayout.BlockLength, tile);
                break;
        }
    }

    private static void ExpandOpaque(in PanelLayout layout, byte* panel, int column, int count, float* tile)
    {
        const int Piece = 256; // a whole number of blocks of every format
        var format = BlockFormat.Of(layout.Format);
        var rowBytes = format.ByteLengthOf([layout.Columns]);
        var values = stackalloc float[Piece];
        for (var row = 0; row < PanelLayout.Width; row++)
        {
            for (var k = 0; k < count; k += Piece)
            {
                var n = Math.Min(Piece, count - k);
                BlockFormat.Dequantise(layout.Format, panel + row * rowBytes + (long)(column + k) / format.BlockLength * format.BlockBytes, new Span<float>(values, n));
                for (var i = 0; i < n; i++) tile[(k + i) * PanelLayout.Width + row] = values[i];
            }
        }
    }

    // weight = d·(code − zero point) as d·code − 128·d, or d·code + m. Products of a format's short significands are exact and the fused
    // operation rounds once, so the numbers are those of the format's definition.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandQuantised(in PanelLayout layout, byte* panel, int block, int count, float* tile)
    {
        const int Group = 8; // blocks whose scales are widened together
        var expanded = stackalloc byte[PanelLayout.BlockCodes];
        var scales = stackalloc float[Group * MaxBlockScales];
        var offsets = stackalloc float[Group * MaxBlockScales];
        var second = layout.Kind == PanelKind.Super6 ? PanelLayout.Width : 0; // the scales of a block's upper half
        for (var b = 0; b < count; b += Group)
        {
            var blocks = Math.Min(Group, count - b);
            var stride = PanelLayout.Width + second;
            ExpandScales(layout, panel, block + b, blocks, scales, offsets);
            for (var i = 0; !layout.HasMinimum && i < blocks * stride; i += 8) (Vector256.Load(scales + i) * -128f).Store(offsets + i);
            for (var i = 0; i < blocks; i++, tile += PanelLayout.BlockCodes)
            {
                var codes = expanded;
                if (layout.Kind == PanelKind.Bytes) codes = panel + (long)(block + b + i) * PanelLayout.BlockCodes;
                else ExpandCodes(layout, panel, block + b + i, 1, codes);
                WidenBlock(codes, scales + i * stride, offsets + i * stride, second, tile);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WidenBlock(byte* codes, float* scales, float* offsets, int second, float* tile)
    {
        const int Half = PanelLayout.BlockCodes / 2;
        if (Vector512.IsHardwareAccelerated)
        {
            Widen512(codes, scales, offsets, tile);
            Widen512(codes + Half, scales + second, offsets + second, tile + Half);
            return;
        }

        for (var lane = 0; lane < PanelLayout.Width; lane += 8)
        {
            Widen256(codes + 4 * lane, scales + lane, offsets + lane, tile + lane);
            Widen256(codes + Half + 4 * lane, scales + second + lane, offsets + second + lane, tile + Half + lane);
        }
    }

    // Four steps of 4 k: byte j of a row's word is k = 4·step + j.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen512(byte* codes, float* scales, float* offsets, float* to)
    {
        var mask = Vector512.Create(0xFFu);
        var (d, m) = (Vector512.Load(scales), Vector512.Load(offsets));
        for (var step = 0; step < 4; step++, codes += 64, to += 4 * PanelLayout.Width)
        {
            var word = Vector512.Load((uint*)codes);
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle((word & mask).AsInt32()), d, m).Store(to);
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(((word >> 8) & mask).AsInt32()), d, m).Store(to + 16);
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(((word >> 16) & mask).AsInt32()), d, m).Store(to + 32);
            Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle((word >> 24).AsInt32()), d, m).Store(to + 48);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen256(byte* codes, float* scales, float* offsets, float* to)
    {
        var mask = Vector256.Create(0xFFu);
        var (d, m) = (Vector256.Load(scales), Vector256.Load(offsets));
        for (var step = 0; step < 4; step++, codes += 64, to += 4 * PanelLayout.Width)
        {
            var word = Vector256.Load((uint*)codes);
            Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle((word & mask).AsInt32()), d, m).Store(to);
            Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(((word >> 8) & mask).AsInt32()), d, m).Store(to + 16);
            Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(((word >> 16) & mask).AsInt32()), d, m).Store(to + 32);
            Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle((word >> 24).AsInt32()), d, m).Store(to + 48);
        }
    }

    private static void ExpandCodes(in PanelLayout layout, byte* panel, int block, int count, byte* codes)
    {
        var from = panel + (long)block * layout.CodeBytes;
        if (layout.Kind == PanelKind.Bytes)
        {
            Buffer.MemoryCopy(from, codes, (long)count * 512, (long)count * 512);
            return;
        }

        var high = (uint*)(panel + layout.HighOffset + (long)block * layout.HighBytes);
        var offset = Vector256.Create((byte)(layout.HasMinimum ? 0 : 128 - layout.ZeroPoint));
        var nibble = Vector256.Create((byte)15);
        for (var b = 0; b < count; b++, from += 256, codes += 512, high += layout.HighBytes / 4)
        {
            for (var half = 0; half < 2; half++)
            {
                for (var s = 0; s < 4; s++)
                {
                    var packed = Vector256.Load(from + 64 * s + 32 * half);
                    var (low, up) = (packed & nibble, (packed.AsUInt16() >> 4).AsByte() & nibble);
                    if (layout.HighBytes == 64)
                    {
                        var bits = Vector256.Load(high + 8 * half);
                        low |= (((bits >> s) & Vector256.Create(0x01010101u)) << 4).AsByte();
                        up |= (((bits >> (s + 4)) & Vector256.Create(0x01010101u)) << 4).AsByte();
                    }
                    else if (layout.HighBytes == 128)
                    {
                        low |= (((Vector256.Load(high + 8 * half) >> (2 * s)) & Vector256.Create(0x03030303u)) << 4).AsByte();
                        up |= (((Vector256.Load(high + 16 + 8 * half) >> (2 * s)) & Vector256.Create(0x03030303u)) << 4).AsByte();
                    }

                    (low + offset).Store(codes + 64 * s + 32 * half);
                    (up + offset).Store(codes + 64 * (s + 4) + 32 * half);
                }
            }
        }
    }

    private static void ExpandScales(in PanelLayout layout, byte* panel, int block, int count, float* scales, float* minima)
    {
        var from = panel + layout.ScaleOffset + (long)block * layout.ScaleBytes;
        var minimum = panel + layout.MinimumOffset + (long)block * layout.MinimumBytes;
        switch (layout.Kind)
        {
            case PanelKind.Super4 or PanelKind.Super5:
                for (var b = 0; b < count; b++)
                {
                    var super = (ushort*)(panel + layout.SuperOffset + (long)((block + b) >> 3) * layout.SuperBytes);
                    for (var i = 0; i < PanelLayout.Width; i += 8)
                    {
                        (HalfLanes.Load8(super + i) * Bytes8(from + 16 * b + i)).Store(scales + 16 * b + i);
                        (-(HalfLanes.Load8(super + 16 + i) * Bytes8(minimum + 16 * b + i))).Store(minima + 16 * b + i);
                    }
                }

                break;
            case PanelKind.Super6:
                for (var b = 0; b < count; b++)
                {
                    var super = (ushort*)(panel + layout.SuperOffset + (long)((block + b) >> 3) * layout.SuperBytes);
                    for (var i = 0; i < 2 * PanelLayout.Width; i += 8)
                        (HalfLanes.Load8(super + (i & 15)) * SignedBytes8(from + 32 * b + i)).Store(scales + 32 * b + i);
                }

                break;
            default:
                for (var i = 0; i < count * PanelLayout.Width; i += 8) HalfLanes.Load8((ushort*)from + i).Store(scales + i);
                for (var i = 0; layout.HasMinimum && i < count * PanelLayout.Width; i += 8) HalfLanes.Load8((ushort*)minimum + i).Store(minima + i);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Bytes8(byte* p)
    {
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte());
        return Vector256.ConvertToSingle(Vector256.WidenLower(shorts.ToVector256Unsafe()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SignedBytes8(byte* p)
    {
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)p).AsSByte());
        return Vector256.ConvertToSingle(Vector256.WidenLower(shorts.ToVector256Unsafe()));
    }
}
