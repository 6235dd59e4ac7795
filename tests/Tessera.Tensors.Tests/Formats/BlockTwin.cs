using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Tests.Formats;

/// <summary>
/// The plain definition of the block formats: value i of a block, one at a time, from the layouts in ggml-common.h. Each product and sum is
/// rounded to F32 in the order that the formats define.
/// </summary>
internal static class BlockTwin
{
    public static float Value(TensorFormat format, ReadOnlySpan<byte> b, int i) => format switch
    {
        TensorFormat.Q4_0 => (Nibble(b[2..], i, 16) - 8) * Half(b, 0),
        TensorFormat.Q4_1 => Nibble(b[4..], i, 16) * Half(b, 0) + Half(b, 2),
        TensorFormat.Q5_0 => ((Nibble(b[6..], i, 16) | Bit(b[2..], i) << 4) - 16) * Half(b, 0),
        TensorFormat.Q5_1 => (Nibble(b[8..], i, 16) | Bit(b[4..], i) << 4) * Half(b, 0) + Half(b, 2),
        TensorFormat.Q8_0 => (sbyte)b[2 + i] * Half(b, 0),
        TensorFormat.Q8_1 => (sbyte)b[4 + i] * Half(b, 0),
        TensorFormat.Q8_K => (sbyte)b[4 + i] * BinaryPrimitives.ReadSingleLittleEndian(b),
        TensorFormat.Q2_K => Half(b, 80) * (b[i / 16] & 15) * TwoBits(b[16..], i) - Half(b, 82) * (b[i / 16] >> 4),
        TensorFormat.Q3_K => Half(b, 108) * (Q3Scale(b[96..], i / 16) - 32) * (TwoBits(b[32..], i) - ((b[i % 32] >> i / 32 & 1) != 0 ? 0 : 4)),
        TensorFormat.Q4_K => Half(b, 0) * Q4Scale(b[4..], i / 32).Scale * Nibble(b[(16 + i / 64 * 32)..], i % 64, 32) - Half(b, 2) * Q4Scale(b[4..], i / 32).Minimum,
        TensorFormat.Q5_K => Half(b, 0) * Q4Scale(b[4..], i / 32).Scale * (Nibble(b[(48 + i / 64 * 32)..], i % 64, 32) | (b[16 + i % 32] >> i / 32 & 1) << 4)
            - Half(b, 2) * Q4Scale(b[4..], i / 32).Minimum,
        TensorFormat.Q6_K => Half(b, 208) * (sbyte)b[192 + i / 16] * ((Nibble(b[(i / 128 * 64)..], i % 128, 64) | TwoBits(b[128..], i) << 4) - 32),
        TensorFormat.IQ2_XXS => IQ2_XXS(b, i),
        TensorFormat.IQ2_XS => IQ2_XS(b, i),
        TensorFormat.IQ2_S => IQ2_S(b, i),
        TensorFormat.IQ3_XXS => IQ3_XXS(b, i),
        TensorFormat.IQ3_S => IQ3_S(b, i),
        TensorFormat.IQ1_S => IQ1_S(b, i),
        TensorFormat.IQ1_M => IQ1_M(b, i),
        TensorFormat.IQ4_NL => Half(b, 0) * NibbleValues.NonLinear[Nibble(b[2..], i, 16)],
        TensorFormat.IQ4_XS => Half(b, 0) * ((Nibble(b[4..], i / 32 / 2 + i / 32 % 2 * 4, 4) | (Word(b, 2) >> i / 32 * 2 & 3) << 4) - 32)
            * NibbleValues.NonLinear[Nibble(b[(8 + i / 32 * 16)..], i % 32, 16)],
        TensorFormat.TQ1_0 => (Trit(b, i) - 1) * Half(b, 52),
        TensorFormat.TQ2_0 => (TwoBits(b, i) - 1) * Half(b, 64),
        TensorFormat.Q1_0 => Bit(b[2..], i) == 1 ? Half(b, 0) : -Half(b, 0),
        TensorFormat.MXFP4 => (float)(E2M1(Nibble(b[1..], i, 16)) * Math.Pow(2, b[0] - 127)),
        TensorFormat.NVFP4 => (float)(E2M1(Nibble(b[(4 + i / 16 * 8)..], i % 16, 8)) * UnsignedE4M3(b[i / 16])),
        _ => throw new ArgumentException(format.ToString()),
    };

    private static float Half(ReadOnlySpan<byte> b, int at) => (float)MemoryMarshal.Read<Half>(b[at..]);

    private static int Word(ReadOnlySpan<byte> b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b[at..]);

    private static int Bit(ReadOnlySpan<byte> b, int i) => b[i / 8] >> i % 8 & 1;

    /// <summary>Low nibbles of `bytes` bytes, then their high nibbles.</summary>
    private static int Nibble(ReadOnlySpan<byte> b, int i, int bytes) => b[i % bytes] >> i / bytes * 4 & 15;

    /// <summary>128 values in 32 bytes, 32 values a bit pair.</summary>
    private static int TwoBits(ReadOnlySpan<byte> b, int i) => b[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;

    private static int Q3Scale(ReadOnlySpan<byte> s, int block) => (s[block % 8] >> block / 8 * 4 & 15) | (s[8 + block % 4] >> block / 4 * 2 & 3) << 4;

    private static (int Scale, int Minimum) Q4Scale(ReadOnlySpan<byte> s, int block) => block < 4
        ? (s[block] & 63, s[block + 4] & 63)
        : ((s[block + 4] & 15) | s[block - 4] >> 6 << 4, s[block + 4] >> 4 | s[block] >> 6 << 4);

    private static int Trit(ReadOnlySpan<byte> b, int i)
    {
        var (at, digit) = i < 160 ? (i % 32, i / 32) : i < 240 ? (32 + (i - 160) % 16, (i - 160) / 16) : (48 + (i - 240) % 4, (i - 240) / 4);
        var q = (byte)(b[at] * (int)Math.Pow(3, digit));
        return q * 3 >> 8;
    }

    private static double E2M1(int code)
    {
        double[] magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
        return code < 8 ? magnitudes[code] : -magnitudes[code - 8];
    }

    private static double UnsignedE4M3(byte code) => code == 0x7F ? 0
        : (code >> 3 & 15) == 0 ? (code & 7) * Math.Pow(2, -9)
        : (1 + (code & 7) / 8.0) * Math.Pow(2, (code >> 3 & 15) - 7);

    private static float Signed(float scale, ulong row, int j, int signs) => scale * (byte)(row >> 8 * j) * ((signs >> j & 1) != 0 ? -1f : 1f);

    private static int Seven(int signs) => signs | (System.Numerics.BitOperations.PopCount((uint)signs) & 1) << 7;

    private static float IQ2_XXS(ReadOnlySpan<byte> b, int i)
    {
        var group = b[(2 + i / 32 * 8)..];
        var signs = BinaryPrimitives.ReadUInt32LittleEndian(group[4..]);
        var l = i % 32 / 8;
        return Signed(Half(b, 0) * (0.5f + (signs >> 28)) * 0.25f, Iq2Grid.XxSmall[group[l]], i % 8, Seven((int)(signs >> 7 * l & 127)));
    }

    private static float IQ2_XS(ReadOnlySpan<byte> b, int i)
    {
        var word = Word(b, 2 + i / 8 * 2);
        var scale = Half(b, 0) * (0.5f + (b[66 + i / 32] >> i % 32 / 16 * 4 & 15)) * 0.25f;
        return Signed(scale, Iq2Grid.XSmall[word & 511], i % 8, Seven(word >> 9));
    }

    private static float IQ2_S(ReadOnlySpan<byte> b, int i)
    {
        var row = b[2 + i / 8] | (b[66 + i / 32] >> i % 32 / 8 * 2 & 3) << 8;
        var scale = Half(b, 0) * (0.5f + (b[74 + i / 32] >> i % 32 / 16 * 4 & 15)) * 0.25f;
        return Signed(scale, Iq2Grid.Small[row], i % 8, b[34 + i / 8]);
    }

    private static float IQ3_XXS(ReadOnlySpan<byte> b, int i)
    {
        var signs = BinaryPrimitives.ReadUInt32LittleEndian(b[(66 + i / 32 * 4)..]);
        var seven = Seven((int)(signs >> 7 * (i % 32 / 8) & 127));
        return Signed(Half(b, 0) * (0.5f + (signs >> 28)) * 0.5f, Iq3Grid.XxSmall[b[2 + i / 4]], i % 4, seven >> i % 8 / 4 * 4);
    }

    private static float IQ3_S(ReadOnlySpan<byte> b, int i)
    {
        var row = b[2 + i / 4] | (b[66 + i / 32] >> i % 32 / 4 & 1) << 8;
        var scale = Half(b, 0) * (1 + 2 * (b[106 + i / 64] >> i % 64 / 32 * 4 & 15));
        return Signed(scale, Iq3Grid.Small[row], i % 4, b[74 + i / 8] >> i % 8 / 4 * 4);
    }

    private static float IQ1_S(ReadOnlySpan<byte> b, int i)
    {
        var word = Word(b, 34 + i / 32 * 2);
        var row = b[2 + i / 8] | (word >> 3 * (i % 32 / 8) & 7) << 8;
        var value = (sbyte)(Iq1Grid.Eighths[row] >> 8 * (i % 8)) / 8f + ((word & 0x8000) != 0 ? -0.125f : 0.125f);
        return Half(b, 0) * (2 * (word >> 12 & 7) + 1) * value;
    }

    private static float IQ1_M(ReadOnlySpan<byte> b, int i)
    {
        var d = 0;
        for (var word = 0; word < 4; word++) d |= Word(b, 48 + 2 * word) >> 12 << 4 * word;
        var (group, block) = (i / 8, i / 16);
        var upper = b[32 + group / 2] >> group % 2 * 4;
        var row = b[group] | (upper & 7) << 8;
        var value = (sbyte)(Iq1Grid.Eighths[row] >> 8 * (i % 8)) / 8f + ((upper & 8) != 0 ? -0.125f : 0.125f);
        return (float)BitConverter.UInt16BitsToHalf((ushort)d) * (2 * (Word(b, 48 + block / 4 * 2) >> block % 4 * 3 & 7) + 1) * value;
    }
}
