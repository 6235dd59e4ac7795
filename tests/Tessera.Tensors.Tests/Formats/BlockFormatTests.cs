using System.Runtime.InteropServices;
using Tessera.Tensors.Formats;
using Tables = Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Tests.Formats;

public sealed unsafe class BlockFormatTests
{
    private static readonly TensorFormat[] Formats = [.. Enum.GetValues<TensorFormat>().Where(BlockFormat.IsKnown)];

    public static TheoryData<TensorFormat> AllFormats => [.. Formats];

    public static TheoryData<TensorFormat> WritableFormats => [.. Formats.Where(BlockFormat.CanQuantise)];

    [Fact]
    public void EveryHalfWidensAsTheFrameworkDoes()
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).ToArray();
        var widened = Widen(TensorFormat.F16, MemoryMarshal.AsBytes<ushort>(halves).ToArray(), halves.Length);
        foreach (var bits in halves)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf(bits);
            if (!widened[bits].Equals(expected) || float.IsNegative(widened[bits]) != float.IsNegative(expected)) Assert.Fail($"0x{bits:X4}");
            if (!HalfNumber.ToSingle(bits).Equals(expected)) Assert.Fail($"scalar 0x{bits:X4}");
        }
    }

    [Fact]
    public void HalvesRoundAsTheFrameworkDoes()
    {
        // Every half, its neighbours, the midpoints between halves and what lies next to them.
        var values = Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).SelectMany(h =>
        {
            var (value, next) = ((float)h, (float)BitConverter.UInt16BitsToHalf((ushort)(BitConverter.HalfToUInt16Bits(h) + 1)));
            var middle = 0.5f * value + 0.5f * next;
            return new[] { value, MathF.BitIncrement(value), middle, MathF.BitDecrement(middle), MathF.BitIncrement(middle) };
        }).Concat([65504f, 65519.996f, 65520f, 65536f, float.MaxValue, float.Epsilon, 1e-40f, float.PositiveInfinity, float.NegativeInfinity, float.NaN]).ToArray();
        var narrowed = MemoryMarshal.Cast<byte, Half>(Quantise(TensorFormat.F16, values)).ToArray();
        for (var i = 0; i < values.Length; i++)
            if (!narrowed[i].Equals((Half)values[i])) Assert.Fail($"{values[i]:R}: {narrowed[i]}, not {(Half)values[i]}");
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour, below
    [InlineData(0x3F818000u, 0x3F82)] // and above
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float rounds to infinity
    [InlineData(0x7F800000u, 0x7F80)]
    [InlineData(0xFF800001u, 0xFFC0)] // a NaN whose payload is cut off stays one
    [InlineData(0x00008001u, 0x0001)]
    public void BFloatsRoundToNearestEven(uint bits, int expected)
    {
        var narrowed = MemoryMarshal.Cast<byte, ushort>(Quantise(TensorFormat.BF16, [BitConverter.UInt32BitsToSingle(bits)]));
        ((int)narrowed[0]).ShouldBe(expected);
    }

    [Theory]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.BF16)]
    public void PlainFormatsKeepEveryLengthAndEveryValueThatFits(TensorFormat format)
    {
        for (var length = 0; length <= 67; length++)
        {
            var values = Enumerable.Range(0, length).Select(i => (i - 30) * 0.125f).ToArray();
            Widen(format, Quantise(format, values), length).ShouldBe(values);
        }
    }

    [Theory]
    [InlineData(TensorFormat.I8, new byte[] { 0xFF, 2 }, new[] { -1f, 2f })]
    [InlineData(TensorFormat.U8, new byte[] { 0xFF, 2 }, new[] { 255f, 2f })]
    [InlineData(TensorFormat.Bool, new byte[] { 0, 7 }, new[] { 0f, 1f })]
    [InlineData(TensorFormat.I16, new byte[] { 0xFE, 0xFF }, new[] { -2f })]
    [InlineData(TensorFormat.I32, new byte[] { 1, 1, 0, 0 }, new[] { 257f })]
    [InlineData(TensorFormat.I64, new byte[] { 1, 0, 0, 0, 1, 0, 0, 0 }, new[] { 4294967296f })] // rounds
    [InlineData(TensorFormat.F64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xBF }, new[] { -1.5f })]
    [InlineData(TensorFormat.F32, new byte[] { 0, 0, 0xC0, 0x3F }, new[] { 1.5f })]
    public void PlainElementsWiden(TensorFormat format, byte[] bytes, float[] expected) => Widen(format, bytes, expected.Length).ShouldBe(expected);

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void BlocksDependOnNothingButTheirBytes(TensorFormat format)
    {
        var facts = BlockFormat.Of(format);
        var random = new Random(7);
        var bytes = new byte[5 * facts.BlockBytes];
        random.NextBytes(bytes);
        var whole = Widen(format, bytes, 5 * facts.BlockLength);
        for (var block = 0; block < 5; block++)
        {
            // At an odd address, with other bytes round it.
            var copy = new byte[facts.BlockBytes + 9];
            random.NextBytes(copy);
            bytes.AsSpan(block * facts.BlockBytes, facts.BlockBytes).CopyTo(copy.AsSpan(3));
            Widen(format, copy, facts.BlockLength, offset: 3).ShouldBe(whole[(block * facts.BlockLength)..((block + 1) * facts.BlockLength)]);
        }
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void RandomBlocksWidenAsTheirTwinSays(TensorFormat format)
    {
        var facts = BlockFormat.Of(format);
        if (facts.BlockLength == 1) return; // plain formats are checked above
        var random = new Random(13);
        var bytes = new byte[200 * facts.BlockBytes];
        random.NextBytes(bytes);
        var widened = Widen(format, bytes, 200 * facts.BlockLength);
        for (var i = 0; i < widened.Length; i++)
        {
            var expected = BlockTwin.Value(format, bytes.AsSpan(i / facts.BlockLength * facts.BlockBytes, facts.BlockBytes), i % facts.BlockLength);
            if (!widened[i].Equals(expected) && widened[i] != expected) Assert.Fail($"{format}, value {i}: {widened[i]:R}, not {expected:R}"); // == for the sign of zero
        }
    }

    [Fact]
    public void SignsOfSevenBitsHaveAnEvenNumberOfMinuses()
    {
        for (var signs = 0u; signs < 128; signs++) (System.Numerics.BitOperations.PopCount(Tables.BitMasks.WithParity(signs)) % 2).ShouldBe(0);
    }

    [Fact]
    public void TheCodebooksHaveTheirSizesAndNoRowTwice()
    {
        (Tables.Iq2Grid.XxSmall.Distinct().Count(), Tables.Iq2Grid.XSmall.Distinct().Count(), Tables.Iq2Grid.Small.Distinct().Count()).ShouldBe((256, 512, 1024));
        (Tables.Iq3Grid.XxSmall.Distinct().Count(), Tables.Iq3Grid.Small.Distinct().Count(), Tables.Iq1Grid.Eighths.Distinct().Count()).ShouldBe((256, 512, 2048));
    }

    // One block each that can be worked out by hand.
    [Theory]
    [InlineData(TensorFormat.Q4_0, "-8 -4 0 3.5", 0.5f)] // the largest magnitude gets code 0: d = -8/-8 = 1
    [InlineData(TensorFormat.Q8_0, "127 -64 1 0", 0f)]
    [InlineData(TensorFormat.Q4_1, "0 15 7 3", 0f)]
    [InlineData(TensorFormat.Q4_K, "0 15 7 3", 0f)]
    [InlineData(TensorFormat.Q6_K, "-32 31 7 0", 0f)]
    [InlineData(TensorFormat.MXFP4, "6 -4 0.5 1.5", 0f)]
    [InlineData(TensorFormat.NVFP4, "6 -4 0.5 1.5", 0f)]
    [InlineData(TensorFormat.TQ2_0, "1 -1 0 1", 0f)]
    [InlineData(TensorFormat.TQ1_0, "1 -1 0 1", 0f)]
    [InlineData(TensorFormat.Q1_0, "1 -1 1 1", 0f)]
    public void ValuesOnAFormatsOwnStepsComeBack(TensorFormat format, string steps, float tolerance)
    {
        var four = steps.Split(' ').Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var values = Enumerable.Range(0, 256).Select(i => four[i % 4]).ToArray();
        var widened = Widen(format, Quantise(format, values), 256);
        // d of a K-quant is a fraction that a half rounds by up to 2^-11.
        var rounding = format is TensorFormat.Q4_K or TensorFormat.Q6_K ? 32f / 2048 : 0f;
        for (var i = 0; i < 256; i++) Math.Abs(widened[i] - values[i]).ShouldBeLessThanOrEqualTo(tolerance + rounding, $"value {i}");
    }

    // The steps that a format has between the lowest and the highest value of a block, give or take the precision of its scales.
    [Theory]
    [InlineData(TensorFormat.Q4_0, 16)]
    [InlineData(TensorFormat.Q4_1, 15)]
    [InlineData(TensorFormat.Q5_0, 32)]
    [InlineData(TensorFormat.Q5_1, 31)]
    [InlineData(TensorFormat.Q8_0, 254)]
    [InlineData(TensorFormat.Q8_1, 254)]
    [InlineData(TensorFormat.Q8_K, 254)]
    [InlineData(TensorFormat.Q2_K, 3)]
    [InlineData(TensorFormat.Q3_K, 7)]
    [InlineData(TensorFormat.Q4_K, 15)]
    [InlineData(TensorFormat.Q5_K, 31)]
    [InlineData(TensorFormat.Q6_K, 63)]
    [InlineData(TensorFormat.IQ4_NL, 15)]
    [InlineData(TensorFormat.IQ4_XS, 15)]
    [InlineData(TensorFormat.MXFP4, 6)]
    [InlineData(TensorFormat.NVFP4, 6)]
    public void QuantisedRowsLieWithinAStep(TensorFormat format, int steps)
    {
        var random = new Random(11);
        var values = Enumerable.Range(0, 1024).Select(_ => (float)(2 * random.NextDouble() - 1)).ToArray();
        var widened = Widen(format, Quantise(format, values), values.Length);
        var squares = values.Zip(widened, (a, b) => (double)(a - b) * (a - b)).Sum();
        // A uniform value's rounding error is step/√12; ×1.25 for scales that are rounded themselves and for uneven steps.
        Math.Sqrt(squares / values.Length).ShouldBeLessThan(1.25 * 2.0 / steps / Math.Sqrt(12));
    }

    [Theory]
    [MemberData(nameof(WritableFormats))]
    public void ZerosStayZerosAndTinyValuesDoNoHarm(TensorFormat format)
    {
        Widen(format, Quantise(format, new float[256]), 256).ShouldAllBe(v => v == 0);
        var tiny = Enumerable.Range(0, 256).Select(i => (i - 128) * 1e-41f).ToArray();
        Widen(format, Quantise(format, tiny), 256).ShouldAllBe(v => Math.Abs(v) < 1e-6f); // 6e-8 is the smallest half
    }

    [Theory]
    [MemberData(nameof(WritableFormats))]
    public void OneBlockGivesTheSameBytesAloneAndAmongOthers(TensorFormat format)
    {
        var facts = BlockFormat.Of(format);
        var random = new Random(3);
        var values = Enumerable.Range(0, 3 * facts.BlockLength).Select(_ => (float)(random.NextDouble() - 0.3)).ToArray();
        var together = Quantise(format, values);
        var second = Quantise(format, values[facts.BlockLength..(2 * facts.BlockLength)]);
        together[facts.BlockBytes..(2 * facts.BlockBytes)].ShouldBe(second);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        var values = new float[1024];
        var random = new Random(5);
        for (var i = 0; i < values.Length; i++) values[i] = (float)random.NextDouble();
        var bytes = new byte[4 * 1024];
        for (var pass = 0; pass < 2; pass++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var format in Formats)
            {
                var length = BlockFormat.Of(format).BlockBytes * (1024 / BlockFormat.Of(format).BlockLength);
                if (BlockFormat.CanQuantise(format)) BlockFormat.Quantise(format, values, bytes.AsSpan(0, length));
                if (length > bytes.Length) continue;
                fixed (byte* source = bytes) BlockFormat.Dequantise(format, source, values);
                values.AsSpan().Fill(0.5f);
            }

            if (pass == 1) (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        Should.Throw<ArgumentException>(() => Widen(TensorFormat.Q4_0, new byte[18], 31)).Message.ShouldContain("32");
        Should.Throw<ArgumentException>(() => Widen((TensorFormat)4, new byte[18], 32));
        Should.Throw<ArgumentException>(() => BlockFormat.Quantise(TensorFormat.Q4_0, new float[31], new byte[18]));
        Should.Throw<ArgumentException>(() => BlockFormat.Quantise(TensorFormat.Q4_0, new float[32], new byte[19]));
        Should.Throw<ArgumentException>(() => BlockFormat.Quantise(TensorFormat.IQ2_XS, new float[256], new byte[74])).Message.ShouldContain("IQ2_XS");
        var spoilt = new float[32];
        spoilt[17] = float.NaN;
        Should.Throw<ArgumentException>(() => BlockFormat.Quantise(TensorFormat.Q8_0, spoilt, new byte[34]));
    }

    private static byte[] Quantise(TensorFormat format, float[] values)
    {
        var bytes = new byte[BlockFormat.Of(format).ByteLengthOf([values.Length])];
        BlockFormat.Quantise(format, values, bytes);
        return bytes;
    }

    private static float[] Widen(TensorFormat format, byte[] bytes, int count, int offset = 0)
    {
        var values = new float[count];
        fixed (byte* source = bytes) BlockFormat.Dequantise(format, source + offset, values);
        return values;
    }
}
