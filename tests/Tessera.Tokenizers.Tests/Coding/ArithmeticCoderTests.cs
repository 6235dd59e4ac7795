using FsCheck.Xunit;
using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Tests.Coding;

public sealed class ArithmeticCoderTests
{
    [Property(MaxTest = 300)]
    public bool SymbolsOfAnyFrequenciesComeBack(ulong seed)
    {
        var symbols = Symbols(seed, 400);
        var encoder = new ArithmeticEncoder();
        foreach (var (start, frequency, bits) in symbols) encoder.Encode(start, frequency, bits);
        var decoder = new ArithmeticDecoder(encoder.Finish().ToArray());
        foreach (var (start, frequency, bits) in symbols)
        {
            var place = decoder.Peek(bits);
            if (place < start || place - start >= frequency) return false;
            decoder.Take(start, frequency);
        }

        return true;
    }

    [Property(MaxTest = 100)]
    public bool TheCodeIsAsLongAsTheInformation(ulong seed)
    {
        var symbols = Symbols(seed, 400);
        var encoder = new ArithmeticEncoder();
        foreach (var (start, frequency, bits) in symbols) encoder.Encode(start, frequency, bits);
        var information = symbols.Sum(s => s.Bits - Math.Log2(s.Frequency));
        return Math.Abs(8 * encoder.Finish().Length - information) <= 64 + information / 1000;
    }

    [Fact]
    public void CarriesRunThroughAnyNumberOfFullBytes()
    {
        // The last of many symbols again and again lets the low end come near to 1 without reaching it; the first symbol at the end leaves it there.
        var encoder = new ArithmeticEncoder();
        encoder.Encode(1, (1 << 16) - 2, 16);
        for (var i = 0; i < 200; i++) encoder.Encode((1 << 16) - 2, 1, 16);
        encoder.Encode((1 << 16) - 1, 1, 16);
        for (var i = 0; i < 50; i++) encoder.Encode((1 << 16) - 1, 1, 16);
        var decoder = new ArithmeticDecoder(encoder.Finish().ToArray());
        decoder.Peek(16).ShouldBeInRange(1u, (1u << 16) - 2);
        decoder.Take(1, (1 << 16) - 2);
        for (var i = 0; i < 251; i++)
        {
            var place = i < 200 ? (1u << 16) - 2 : (1u << 16) - 1;
            decoder.Peek(16).ShouldBe(place);
            decoder.Take(place, 1);
        }
    }

    [Fact]
    public void AnEncoderBeginsAnewAfterACode()
    {
        var encoder = new ArithmeticEncoder();
        encoder.EncodeUniform(77, 7);
        var first = encoder.Finish().ToArray();
        encoder.EncodeUniform(77, 7);
        encoder.Finish().ToArray().ShouldBe(first);
        encoder.Finish().Length.ShouldBe(0);
        new ArithmeticDecoder(first).DecodeUniform(7).ShouldBe(77u);
    }

    [Fact]
    public void IntervalsThatAreEmptyOrTooLargeAreRefused()
    {
        var encoder = new ArithmeticEncoder();
        Should.Throw<ArgumentOutOfRangeException>(() => encoder.Encode(3, 0, 8));
        Should.Throw<ArgumentOutOfRangeException>(() => encoder.Encode(200, 57, 8));
        Should.Throw<ArgumentOutOfRangeException>(() => encoder.Encode(0, 1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => encoder.Encode(0, 1, 33));
        Should.Throw<ArgumentOutOfRangeException>(() => new ArithmeticDecoder(default).Peek(33));
    }

    [Fact]
    public void ACodeThatEndsTooEarlyIsRefusedSoon()
    {
        var decoder = new ArithmeticDecoder(new byte[] { 1, 2, 3 });
        var read = 0;
        Should.Throw<MalformedInputException>(() =>
        {
            for (; read < 1000; read++) decoder.DecodeUniform(8);
        }).Reason.ShouldContain("ends before");
        read.ShouldBeLessThan(12);
    }

    [Fact]
    public void TheExponentialAgreesWithTheMathematicalOne()
    {
        for (var x = 0; x < IntegerExponential.End; x++) ((double)IntegerExponential.Of(x)).ShouldBe(Math.Exp(-x / 256.0) * Math.Pow(2, 31), 1.001);
        IntegerExponential.Of(IntegerExponential.End).ShouldBe(0u);
    }

    private static List<(uint Start, uint Frequency, int Bits)> Symbols(ulong seed, int count)
    {
        var key = new RandomKey(seed, 0, 0, RandomPurpose.Sample);
        var symbols = new List<(uint, uint, int)>();
        for (uint i = 0; i < count; i++)
        {
            var bits = 1 + key.Below(28, 4 * i);
            var start = key.Below(1 << bits, 4 * i + 1);
            var room = (1 << bits) - start;
            symbols.Add(((uint)start, (uint)(key.Below(3, 4 * i + 2) switch { 0 => 1, 1 => room, _ => 1 + key.Below(room, 4 * i + 3) }), bits));
        }

        return symbols;
    }
}
