using FsCheck.Xunit;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.EqualInfo;

namespace Tessera.Tokenizers.Tests.EqualInfo;

public sealed class EqualInfoWindowsTests
{
    private const byte A = 0, B = 1, C = 2;
    private static readonly NGramByteModel s_model = NGramByteModel.Train("the cat sat on the mat; the bat ate the fat rat, and that was that"u8, 2);

    [Fact]
    public void AWorkedWindowEndsBeforeTheSymbolThatDoesNotFit()
    {
        // p(a) = 1/2, p(b) = p(c) = 1/4: "ab" is [0.25, 0.375), which 010 names; "abc" needs the 5 bits 01011.
        var model = new ToyModel(1 << 15, 1 << 14, 1 << 14);
        var windows = EqualInfoWindows.OfWidth(model, 3).Cut(new byte[] { A, B, C }).ToList();
        windows.ShouldBe([new EqualInfoWindow(0, 2, 0b010, 3), new EqualInfoWindow(2, 1, 0b110, 2)]);
        EqualInfoWindows.OfWidth(model, 5).Cut(new byte[] { A, B, C }).ShouldBe([new EqualInfoWindow(0, 3, 0b01011, 5)]);
    }

    [Property(MaxTest = 200)]
    public bool AnyBytesComeBackFromTokensAndCounts(byte[] text, byte shape)
    {
        var (bits, vocabulary) = (shape % 6) switch { 0 => (16, 256), 1 => (24, 256), 2 => (128, 256), 3 => (16, 65_536), 4 => (64, 65_536), _ => (128, 65_536) };
        var windows = new EqualInfoWindows(s_model, bits, vocabulary);
        var (ids, counts) = windows.Encode(text);
        return windows.Decode(ids, counts).AsSpan().SequenceEqual(text) && ids.Length == counts.Length * windows.TokensPerWindow && ids.All(id => id >= 0 && id < vocabulary);
    }

    [Property(MaxTest = 50)]
    public bool WindowsAreTheTextInOrderAndNoneOverflows(byte[] text)
    {
        var at = 0;
        foreach (var window in new EqualInfoWindows(s_model, 32).Cut(text))
        {
            if (window.Start != at || window.Length < 1 || window.UsedBits is < 1 or > 32 || window.Code >> 32 != 0) return false;
            at += window.Length;
        }

        return at == text.Length;
    }

    [Fact]
    public void AMegabyteOfRandomBytesComesBack()
    {
        var text = new byte[1 << 20];
        var key = new RandomKey(1, 0, 0, RandomPurpose.Sample);
        for (var i = 0; i < text.Length; i++) text[i] = (byte)key.Below(256, (uint)i);
        var windows = new EqualInfoWindows(s_model);
        var (ids, counts) = windows.Encode(text);
        windows.Decode(ids, counts).AsSpan().SequenceEqual(text).ShouldBeTrue();
    }

    [Fact]
    public void APredictableTextFillsAWindowWithNoMoreBytesThanItsCountHolds()
    {
        var text = new byte[2000];
        var windows = new EqualInfoWindows(NGramByteModel.Train(new byte[100_000], 1), 128, 256);
        windows.Cut(text).First().Length.ShouldBe(EqualInfoWindows.MaxWindowBytes);
        var (ids, counts) = windows.Encode(text);
        windows.Decode(ids, counts).ShouldBe(text);
    }

    [Theory]
    [InlineData(15, 256)]
    [InlineData(8, 256)]
    [InlineData(24, 65_536)]
    [InlineData(136, 256)]
    [InlineData(16, 1024)]
    [InlineData(-16, 256)]
    public void SizesThatDoNotFitAreRefused(int bits, int vocabulary) =>
        Should.Throw<ArgumentException>(() => new EqualInfoWindows(s_model, bits, vocabulary)).Message.ShouldContain("has");

    [Fact]
    public void TokensThatCanNotBeAreRefusedAndOthersGiveSomeText()
    {
        var windows = new EqualInfoWindows(s_model, 32);
        Should.Throw<MalformedInputException>(() => windows.Decode([1, 2, 3], [1, 1])).Reason.ShouldContain("3 tokens");
        Should.Throw<MalformedInputException>(() => windows.Decode([1, 2], [1, 1])).Reason.ShouldContain("2 windows");
        Should.Throw<MalformedInputException>(() => windows.Decode([1, 65_536], [1])).Place.ShouldBe("window 0");
        Should.Throw<MalformedInputException>(() => windows.Decode([1, -1], [1]));
        Should.Throw<MalformedInputException>(() => windows.Decode([1, 2], [0])).Reason.ShouldContain("at least one byte");
        windows.Decode([65_535, 65_535], [255]).Length.ShouldBe(255);
        windows.Decode([], []).ShouldBeEmpty();
        windows.Encode(default).Ids.ShouldBeEmpty();
    }
}
