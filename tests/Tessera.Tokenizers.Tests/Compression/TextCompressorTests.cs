using System.Text;
using FsCheck.Xunit;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.Compression;

namespace Tessera.Tokenizers.Tests.Compression;

public sealed class TextCompressorTests
{
    private static readonly byte[] s_text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 400).Select(static i => $"line {i * 7919 % 1000} of a text that repeats itself, é and 語 and {i}\n")));

    [Property(MaxTest = 20)]
    public bool AnyBytesComeBack(byte[] text) => Decompress(Compress(text)).AsSpan().SequenceEqual(text);

    [Fact]
    public void ATextOfManyBlocksComesBackAndIsMuchShorter()
    {
        byte[] text = [.. s_text, .. Noise(70_000), .. s_text, .. new byte[200_000], .. s_text];
        var container = Compress(text);
        Decompress(container).AsSpan().SequenceEqual(text).ShouldBeTrue();
        container.Length.ShouldBeInRange(70_000, 80_000); // the noise, and little more
    }

    [Fact]
    public void NoiseTakesHardlyMoreThanItself()
    {
        var noise = Noise(200_000);
        Compress(noise).Length.ShouldBeLessThan(noise.Length + 200);
    }

    [Fact]
    public void TheSameTextGivesTheSameBytesEverywhere()
    {
        // Written down when the coder was made: integers alone decide them, so no machine may give others.
        var container = Compress(s_text);
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(container).AsSpan(0, 8)).ShouldBe("ecfc68598db43b18");
    }

    [Fact]
    public void TheResultCountsTextAndContainer()
    {
        using var output = new MemoryStream();
        var result = TextCompressor.Compress(new MemoryStream(s_text), output);
        result.ShouldBe(new TextCompressionResult(s_text.Length, output.Length));
        result.BitsPerByte.ShouldBe(8.0 * output.Length / s_text.Length);
        output.Position = 0;
        TextDecompressor.Open(output).Decompress(Stream.Null).ShouldBe(result);
        new TextCompressionResult(0, 50).BitsPerByte.ShouldBe(0);
    }

    [Fact]
    public void StreamsThatGiveLittleAtATimeAreReadToTheirEnd()
    {
        using var output = new MemoryStream();
        TextCompressor.Compress(new Trickle(s_text), output);
        output.ToArray().ShouldBe(Compress(s_text));
        using var text = new MemoryStream();
        TextDecompressor.Open(new Trickle(output.ToArray())).Decompress(text);
        text.ToArray().ShouldBe(s_text);
    }

    [Fact]
    public void EveryDamageIsRefusedByATypedError()
    {
        byte[] text = [.. s_text.AsSpan(0, 150), .. Noise(20)];
        var container = Compress(text);
        for (var at = 0; at < container.Length; at += 7)
        {
            var damaged = container.ToArray();
            damaged[at] ^= (byte)(1 << (at % 8));
            Should.Throw<TesseraException>(() => Decompress(damaged), $"byte {at}");
            Should.Throw<TesseraException>(() => Decompress(container[..at]), $"{at} bytes");
        }

        Should.Throw<MalformedInputException>(() => Decompress([.. container, 0])).Reason.ShouldContain("behind");
    }

    [Fact]
    public void AContainerOfAnotherCoderIsRefusedBeforeAnythingIsWritten()
    {
        var container = Compress(s_text, new Named("language model", "1234"));
        using var output = new MemoryStream();
        var opened = TextDecompressor.Open(new MemoryStream(container), "a.tt");
        opened.NeedsModel.ShouldBeTrue();
        opened.Fact("model").ShouldBe("1234");
        opened.Fact("no such").ShouldBeNull();
        Should.Throw<UnsupportedFeatureException>(() => opened.Decompress(output)).Message.ShouldContain("model '1234'");
        Should.Throw<UnsupportedFeatureException>(() => opened.Decompress(output, new Named("language model", "5678"))).Message.ShouldContain("model '1234' (here: '5678')");
        output.Length.ShouldBe(0);
        opened.Decompress(output, new Named("language model", "1234"));
        output.ToArray().ShouldBe(s_text);
        Should.Throw<InvalidOperationException>(() => opened.Decompress(output, new Named("language model", "1234")));
    }

    [Fact]
    public void WhatACoderCanNotSpellIsCodedAsBytesOrStored()
    {
        byte[] text = [.. Noise(5_000), .. s_text, .. Noise(5_000)];
        var container = Compress(text, new Named("picky", "x") { Refuses = true });
        container.Length.ShouldBeLessThan(text.Length - s_text.Length / 2);
        using var output = new MemoryStream();
        TextDecompressor.Open(new MemoryStream(container)).Decompress(output, new Named("picky", "x") { Refuses = true });
        output.ToArray().ShouldBe(text);
    }

    [Fact]
    public void ALongTextInASmallContainerIsBounded()
    {
        var container = Compress(new byte[3_000_000]);
        container.Length.ShouldBeLessThan(3_000);
        Should.Throw<ResourceLimitException>(() => TextDecompressor.Open(new MemoryStream(container)).Decompress(Stream.Null, maxTextBytes: 1_000_000)).Allowed.ShouldBe(1_000_000);
    }

    [Fact]
    public void ACancelledRunEnds()
    {
        var cancelled = new CancellationToken(canceled: true);
        Should.Throw<OperationCanceledException>(() => TextCompressor.Compress(new MemoryStream(s_text), Stream.Null, cancellation: cancelled));
        Should.Throw<OperationCanceledException>(() => TextDecompressor.Open(new MemoryStream(Compress(s_text))).Decompress(Stream.Null, cancellation: cancelled));
    }

    private static byte[] Compress(byte[] text, BlockCoder? coder = null)
    {
        using var output = new MemoryStream();
        TextCompressor.Compress(new MemoryStream(text), output, coder);
        return output.ToArray();
    }

    private static byte[] Decompress(byte[] container)
    {
        using var output = new MemoryStream();
        TextDecompressor.Open(new MemoryStream(container)).Decompress(output);
        return output.ToArray();
    }

    private static byte[] Noise(int count)
    {
        var key = new RandomKey(5, 0, 0, RandomPurpose.Sample);
        return [.. Enumerable.Range(0, count).Select(i => (byte)key.Below(256, (uint)i))];
    }

    /// <summary>Codes each byte by eight bits, under a name; or refuses all.</summary>
    private sealed class Named(string kind, string model) : BlockCoder
    {
        public bool Refuses { get; init; }

        public override IReadOnlyList<KeyValuePair<string, string>> Identity => [new("coder", kind), new("model", model)];

        public override int BlockBytes => 1000;

        public override int Cut(ReadOnlySpan<byte> text) => Math.Max(1, text.Length / 2);

        public override bool TryEncode(ReadOnlySpan<byte> block, ArithmeticEncoder encoder, CancellationToken cancellation)
        {
            foreach (var value in block) encoder.EncodeUniform(value, 8);
            return !Refuses;
        }

        public override void Decode(Span<byte> block, ArithmeticDecoder decoder, CancellationToken cancellation)
        {
            foreach (ref var value in block) value = (byte)decoder.DecodeUniform(8);
        }

        public override void Skip(ReadOnlySpan<byte> block)
        {
        }
    }

    /// <summary>Gives at most three bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(3, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(3, count));
    }
}
