using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// I-quants: super-blocks of 256 values whose codes are indices of codebook rows of eight or four values, with signs beside them; IQ4 has a
/// table of sixteen values instead (ggml-common.h, block_iq2_xxs and following).
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    /// <summary>Sixteen magnitudes, negated where the sign mask is 0xFF.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Signed(ulong low, ulong high, ulong lowSigns, ulong highSigns)
    {
        var signs = Vector128.Create(lowSigns, highSigns).AsSByte();
        return (Vector128.Create(low, high).AsSByte() ^ signs) - signs;
    }

    /// <summary>d; for each 32 values four row indices of a byte, then four times seven sign bits and a four-bit scale.</summary>
    private static void WidenIQ2_XXS(byte* x, float* y, float* end)
    {
        var (grid, masks) = (Iq2Grid.XxSmall, BitMasks.Bytes);
        for (; y < end; x += 66)
        {
            var d = HalfNumber.Read(x);
            for (var block = 0; block < 8; block++)
            {
                var rows = x + 2 + 8 * block;
                var signs = Unsafe.ReadUnaligned<uint>(rows + 4);
                var scale = d * (0.5f + (signs >> 28)) * 0.25f;
                for (var i = 0; i < 4; i += 2, y += 16)
                    CodeExpansion.Scale(Signed(grid[rows[i]], grid[rows[i + 1]], masks[BitMasks.WithParity(signs >> 7 * i & 127)],
                        masks[BitMasks.WithParity(signs >> 7 * i + 7 & 127)]), scale, y);
            }
        }
    }

    /// <summary>d; 32 words of a nine-bit row index and seven sign bits; for each 16 values a four-bit scale.</summary>
    private static void WidenIQ2_XS(byte* x, float* y, float* end)
    {
        var (grid, masks) = (Iq2Grid.XSmall, BitMasks.Bytes);
        for (; y < end; x += 74)
        {
            var d = HalfNumber.Read(x);
            for (var half = 0; half < 16; half++, y += 16)
            {
                var scale = d * (0.5f + (x[66 + half / 2] >> (half % 2 * 4) & 15)) * 0.25f;
                var words = Unsafe.ReadUnaligned<uint>(x + 2 + 4 * half);
                CodeExpansion.Scale(Signed(grid[words & 511], grid[words >> 16 & 511], masks[BitMasks.WithParity(words >> 9 & 127)],
                    masks[BitMasks.WithParity(words >> 25)]), scale, y);
            }
        }
    }

    /// <summary>d; 32 low bytes of row indices, 32 bytes of signs, 8 of two upper index bits each, 8 of two four-bit scales.</summary>
    private static void WidenIQ2_S(byte* x, float* y, float* end)
    {
        var (grid, masks) = (Iq2Grid.Small, BitMasks.Bytes);
        for (; y < end; x += 82)
        {
            var d = HalfNumber.Read(x);
            for (var half = 0; half < 16; half++, y += 16)
            {
                var scale = d * (0.5f + (x[74 + half / 2] >> (half % 2 * 4) & 15)) * 0.25f;
                var upper = x[66 + half / 2] >> (half % 2 * 4);
                var rows = x + 2 + 2 * half;
                CodeExpansion.Scale(Signed(grid[rows[0] | (upper & 3) << 8], grid[rows[1] | (upper >> 2 & 3) << 8], masks[rows[32]], masks[rows[33]]), scale, y);
            }
        }
    }

    /// <summary>d; 64 row indices of a byte; for each 32 values four times seven sign bits and a four-bit scale.</summary>
    private static void WidenIQ3_XXS(byte* x, float* y, float* end)
    {
        var (grid, masks) = (Iq3Grid.XxSmall, BitMasks.Bytes);
        for (; y < end; x += 98)
        {
            var d = HalfNumber.Read(x);
            for (var block = 0; block < 8; block++)
            {
                var signs = Unsafe.ReadUnaligned<uint>(x + 66 + 4 * block);
                var scale = d * (0.5f + (signs >> 28)) * 0.5f;
                var rows = x + 2 + 8 * block;
                for (var i = 0; i < 4; i += 2, rows += 4, y += 16)
                    CodeExpansion.Scale(Signed(grid[rows[0]] | (ulong)grid[rows[1]] << 32, grid[rows[2]] | (ulong)grid[rows[3]] << 32,
                        masks[BitMasks.WithParity(signs >> 7 * i & 127)], masks[BitMasks.WithParity(signs >> 7 * i + 7 & 127)]), scale, y);
            }
        }
    }

    /// <summary>d; 64 low bytes of row indices, 8 bytes of ninth bits, 32 of signs, 4 of two four-bit scales.</summary>
    private static void WidenIQ3_S(byte* x, float* y, float* end)
    {
        var (grid, masks) = (Iq3Grid.Small, BitMasks.Bytes);
        for (; y < end; x += 110)
        {
            var d = HalfNumber.Read(x);
            for (var half = 0; half < 16; half++, y += 16)
            {
                var block = half / 2;
                var scale = d * (1 + 2 * (x[106 + block / 2] >> (block % 2 * 4) & 15));
                var rows = x + 2 + 4 * half;
                var ninth = x[66 + block] >> (half % 2 * 4);
                var low = grid[rows[0] | (ninth & 1) << 8] | (ulong)grid[rows[1] | (ninth >> 1 & 1) << 8] << 32;
                var high = grid[rows[2] | (ninth >> 2 & 1) << 8] | (ulong)grid[rows[3] | (ninth >> 3 & 1) << 8] << 32;
                CodeExpansion.Scale(Signed(low, high, masks[x[74 + 2 * half]], masks[x[75 + 2 * half]]), scale, y);
            }
        }
    }

    /// <summary>d; 32 low bytes of row indices; for each 32 values a word: four times three upper index bits, a three-bit scale, the shift's sign.</summary>
    private static void WidenIQ1_S(byte* x, float* y, float* end)
    {
        var grid = Iq1Grid.Eighths;
        for (; y < end; x += 50)
        {
            var d = HalfNumber.Read(x);
            for (var block = 0; block < 8; block++)
            {
                uint word = Unsafe.ReadUnaligned<ushort>(x + 34 + 2 * block);
                var scale = d * (2 * (word >> 12 & 7) + 1) * 0.125f;
                var shift = Vector128.Create((sbyte)((word & 0x8000) != 0 ? -1 : 1));
                var rows = x + 2 + 4 * block;
                for (var i = 0; i < 4; i += 2, y += 16)
                {
                    var values = Vector128.Create(grid[(int)(rows[i] | (word >> 3 * i & 7) << 8)], grid[(int)(rows[i + 1] | (word >> 3 * i + 3 & 7) << 8)]);
                    CodeExpansion.Scale(values.AsSByte() + shift, scale, y);
                }
            }
        }
    }

    /// <summary>
    /// 32 low bytes of row indices, 32 nibbles of three upper index bits and the shift's sign, four words of four three-bit scales each,
    /// whose upper nibbles together are d.
    /// </summary>
    private static void WidenIQ1_M(byte* x, float* y, float* end)
    {
        var grid = Iq1Grid.Eighths;
        for (; y < end; x += 56)
        {
            var words = (ulong)Unsafe.ReadUnaligned<ulong>(x + 48);
            var d = HalfNumber.ToSingle((ushort)(words >> 12 & 0xF | words >> 24 & 0xF0 | words >> 36 & 0xF00 | words >> 48 & 0xF000));
            for (var half = 0; half < 16; half++, y += 16)
            {
                var scale = d * (2 * (int)(words >> (half / 4 * 16 + half % 4 * 3) & 7) + 1) * 0.125f;
                var upper = x[32 + half];
                var values = Vector128.Create(grid[x[2 * half] | (upper & 7) << 8], grid[x[2 * half + 1] | (upper >> 4 & 7) << 8]);
                var shift = Vector128.Create(EighthShift(upper & 0x08), EighthShift(upper & 0x80));
                CodeExpansion.Scale(values.AsSByte() + shift.AsSByte(), scale, y);
            }
        }

        static ulong EighthShift(int negative) => negative != 0 ? ulong.MaxValue : 0x0101010101010101;
    }

    /// <summary>Blocks of 32: d, 16 bytes of nibbles.</summary>
    private static void WidenIQ4_NL(byte* x, float* y, float* end)
    {
        for (; y < end; x += 18, y += 32)
        {
            var d = HalfNumber.Read(x);
            var pairs = Vector128.Load(x + 2);
            CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.NonLinear, LowNibbles(pairs).AsSByte()), d, y);
            CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.NonLinear, HighNibbles(pairs).AsSByte()), d, y + 16);
        }
    }

    /// <summary>d, 8 times the upper two bits of a scale, 8 low nibbles of scales with an offset of 32, 128 bytes of nibbles.</summary>
    private static void WidenIQ4_XS(byte* x, float* y, float* end)
    {
        for (; y < end; x += 136)
        {
            var d = HalfNumber.Read(x);
            int upper = Unsafe.ReadUnaligned<ushort>(x + 2);
            for (var block = 0; block < 8; block++, y += 32)
            {
                var scale = d * (((x[4 + block / 2] >> (block % 2 * 4) & 15) | (upper >> 2 * block & 3) << 4) - 32);
                var pairs = Vector128.Load(x + 8 + 16 * block);
                CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.NonLinear, LowNibbles(pairs).AsSByte()), scale, y);
                CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.NonLinear, HighNibbles(pairs).AsSByte()), scale, y + 16);
            }
        }
    }
}
