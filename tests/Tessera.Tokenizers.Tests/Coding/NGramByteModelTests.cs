using FsCheck.Xunit;
using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Tests.Coding;

public sealed class NGramByteModelTests
{
    private static readonly byte[] s_text = "the cat sat on the mat; the bat ate the fat rat"u8.ToArray();

    [Fact]
    public void WeightsFollowWittenAndBell()
    {
        var model = NGramByteModel.Train("abracadabra"u8, 1);
        var weights = new ulong[256];
        model.Weights("a"u8, weights);
        // p0(b) = (2 + 1/256) / 12; a was followed by b twice, by c and d once: p(b | a) = (2 + 3 p0(b)) / (4 + 3).
        (weights['b'] / (double)IntegerByteModel.MaxWeight).ShouldBe((2 + 3 * (2 + 1 / 256.0) / 12) / 7, 1e-11);
        (weights['x'] / (double)IntegerByteModel.MaxWeight).ShouldBe(3 / 256.0 / 12 / 7, 1e-11);
        var unseen = new ulong[256];
        model.Weights("x"u8, unseen);
        model.Weights([], weights);
        unseen.ShouldBe(weights);
    }

    [Fact]
    public void OnlyTheLastBytesMatter()
    {
        var model = NGramByteModel.Train(s_text, 2);
        var (shorter, longer) = (new int[256], new int[256]);
        model.Frequencies("at"u8, shorter);
        model.Frequencies("what at"u8, longer);
        longer.ShouldBe(shorter);
    }

    [Property(MaxTest = 100)]
    public bool FrequenciesAreAtLeastOneAndAddUp(byte[] text, byte[] context)
    {
        var frequencies = new int[256];
        NGramByteModel.Train(text, 3).Frequencies(context, frequencies);
        return frequencies.Sum() == IntegerByteModel.Total && frequencies.Min() >= 1;
    }

    [Property(MaxTest = 100)]
    public bool AFileGivesTheModelBack(byte[] text, byte order)
    {
        var model = NGramByteModel.Train(text, order % (NGramByteModel.MaxOrder + 1));
        var file = NGramFile.Write(model);
        return NGramFile.Write(NGramFile.Read(file)).AsSpan().SequenceEqual(file);
    }

    [Fact]
    public void OrdersThatDoNotExistAreRefused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => NGramByteModel.Train(s_text, -1));
        Should.Throw<ArgumentOutOfRangeException>(() => NGramByteModel.Train(s_text, 7));
    }

    [Fact]
    public void EveryDamageToAFileIsFound()
    {
        var file = NGramFile.Write(NGramByteModel.Train(s_text, 2));
        for (var at = 0; at < file.Length; at++)
        {
            var damaged = file.ToArray();
            damaged[at] ^= 1;
            Should.Throw<TesseraException>(() => NGramFile.Read(damaged), $"byte {at}");
            Should.Throw<TesseraException>(() => NGramFile.Read(file.AsSpan(0, at)), $"{at} bytes");
        }
    }

    [Theory]
    [InlineData(new byte[] { 7 }, "order")] // order 7
    [InlineData(new byte[] { 0, 0x7F, 1, 1 }, "can't stand")] // 127 grams in two bytes
    [InlineData(new byte[] { 0, 2, 5, 1, 0, 1 }, "out of order")] // the same gram twice
    [InlineData(new byte[] { 0, 1, 0x80, 2, 1 }, "out of order")] // byte 256
    [InlineData(new byte[] { 0, 1, 5, 0 }, "count of 0")]
    [InlineData(new byte[] { 0, 1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "count of")]
    [InlineData(new byte[] { 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1 }, "63 bits")]
    [InlineData(new byte[] { 0, 1, 5, 0x81 }, "ends inside")]
    [InlineData(new byte[] { 0, 1, 5, 1, 9 }, "too many")]
    public void AFileWithARightChecksumAndWrongContentsIsRefusedByWhatIsWrong(byte[] body, string reason)
    {
        byte[] file = [.. "TESSNGRM"u8, 1, .. body];
        Should.Throw<MalformedInputException>(() => NGramFile.Read([.. file, .. System.Security.Cryptography.SHA256.HashData(file)])).Reason.ShouldContain(reason);
    }

    [Fact]
    public void AnotherVersionIsRefusedByName()
    {
        var file = NGramFile.Write(NGramByteModel.Train(s_text, 1));
        file[8] = 2;
        Should.Throw<UnsupportedFeatureException>(() => NGramFile.Read(file, "x.ngram")).Message.ShouldContain("x.ngram");
    }
}
