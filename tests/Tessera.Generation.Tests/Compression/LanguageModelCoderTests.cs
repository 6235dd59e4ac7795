using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Tessera.Generation.Compression;
using Tessera.Models;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Coding;
using Tessera.Tokenizers.Compression;

namespace Tessera.Generation.Tests.Compression;

public sealed class LanguageModelCoderTests
{
    private const int Vocabulary = 128; // ASCII: every token is a byte
    private static readonly LanguageModel s_model = Model(seed: 1);
    private static readonly Tokenizer s_tokenizer = Bytes();
    private static readonly LanguageCoderOptions s_options = new() { Context = 48 };
    private static readonly byte[] s_text = Likely(600);

    [Property(MaxTest = 10)]
    public bool AnyBytesComeBack(byte[] text) => Decompress(Compress(text, s_model), s_model).AsSpan().SequenceEqual(text);

    [Fact]
    public void ALongTextIsCodedByTheModelThroughManyContexts()
    {
        using var coder = new LanguageModelCoder(s_model, s_tokenizer, s_options);
        var encoder = new ArithmeticEncoder();
        coder.TryEncode(s_text, encoder, default).ShouldBeTrue();
        encoder.Finish().Length.ShouldBeLessThan(s_text.Length / 2);
        Decompress(Compress(s_text, s_model), s_model).ShouldBe(s_text);
    }

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public void ThreadsChangeNothing(Arithmetic arithmetic)
    {
        using ComputePool one = new(1), two = new(2), three = new(3);
        var container = Compress(s_text, s_model, s_options with { Arithmetic = arithmetic, Pool = one });
        Compress(s_text, s_model, s_options with { Arithmetic = arithmetic, Pool = two }).ShouldBe(container);
        Decompress(container, s_model, s_options with { Arithmetic = arithmetic, Pool = three }).ShouldBe(s_text);
    }

    [Fact]
    public void TextThatIsNoUtf8IsCodedAsBytes()
    {
        byte[] text = [.. s_text, 0xFF, 0xC3, .. s_text, .. "é 語"u8];
        Decompress(Compress(text, s_model), s_model).ShouldBe(text);
    }

    [Fact]
    public void AnotherModelArithmeticOrContextIsRefusedBeforeAnythingIsWritten()
    {
        var container = Compress(s_text, s_model);
        Refused(container, Model(seed: 2), s_options).ShouldContain("model '");
        Refused(container, Model(seed: 1, scale: 19), s_options).ShouldContain("logits '"); // the same weights, used otherwise
        Refused(container, s_model, s_options with { Arithmetic = Arithmetic.Fast }).ShouldContain("arithmetic 'exact' (here: 'fast')");
        Refused(container, s_model, s_options with { Context = 64 }).ShouldContain("context '48' (here: '64')");
    }

    [Fact]
    public void TheIdentityNamesTheKernels()
    {
        using var coder = new LanguageModelCoder(s_model, s_tokenizer, s_options);
        coder.Identity.ShouldContain(new KeyValuePair<string, string>("kernels", MachineProbe.Kernels));
        coder.Identity.Select(static f => f.Key).ShouldBe(["coder", "model", "arithmetic", "context", "kernels", "logits"]);
        Should.Throw<ArgumentOutOfRangeException>(() => new LanguageModelCoder(s_model, s_tokenizer, new() { Context = 15 }));
    }

    [Fact]
    public void EveryDamageIsRefusedByATypedError()
    {
        var container = Compress(s_text, s_model);
        for (var at = container.Length / 2; at < container.Length; at += 5)
        {
            var damaged = container.ToArray();
            damaged[at] ^= 0x10;
            Should.Throw<TesseraException>(() => Decompress(damaged, s_model), $"byte {at}");
        }
    }

    [Fact]
    public void BlocksEndWhereWordsOrCharactersDo()
    {
        using var coder = new LanguageModelCoder(s_model, s_tokenizer, s_options);
        var size = coder.BlockBytes;
        coder.Cut("short"u8).ShouldBe(5);
        coder.Cut(Encoding.UTF8.GetBytes(new string('x', size - 100) + "\n" + new string('y', 99))).ShouldBe(size - 99);
        coder.Cut(Encoding.UTF8.GetBytes(new string('x', size - 100) + " " + new string('y', 99))).ShouldBe(size - 100);
        coder.Cut(Encoding.UTF8.GetBytes("x" + new string('é', size)).AsSpan(0, size)).ShouldBe(size - 1);
        coder.Cut(Encoding.UTF8.GetBytes(new string('é', size)).AsSpan(0, size)).ShouldBe(size - 2); // the last character is left, whole or not
        coder.Cut([.. Enumerable.Repeat((byte)0x80, size)]).ShouldBeInRange(1, size);
    }

    [Fact]
    public void FrequenciesAddUpWhateverTheLogits()
    {
        float[][] rows = [[0, 0, 0], [1, 2, 3], [float.NaN, float.NaN, float.NaN], [float.NegativeInfinity, 5, 5], [float.PositiveInfinity, 0, float.PositiveInfinity], [1e30f, -1e30f, 0]];
        foreach (var row in rows)
        {
            var frequencies = new TokenFrequencies(3);
            frequencies.Set(row);
            var encoder = new ArithmeticEncoder();
            int[] ids = [0, 1, 2, 2, 1, 0];
            foreach (var id in ids) frequencies.Encode(id, encoder);
            var decoder = new ArithmeticDecoder(encoder.Finish().ToArray());
            foreach (var id in ids) frequencies.Decode(decoder).ShouldBe(id);
        }
    }

    [Fact]
    public void ARealModelTakesLessThanTheByteModel()
    {
        using var package = RealModel.Load();
        var text = "The whale is the largest animal of the sea, and the sailors who hunted it went around the world for years at a time."u8.ToArray();
        byte[] container;
        using (var coder = new LanguageModelCoder(package)) container = Pack(text, coder);
        container.Length.ShouldBeLessThan(Pack(text, null).Length + 150); // facts of the identity
        using var decoder = LanguageModelCoder.For(package, TextDecompressor.Open(new MemoryStream(container)));
        Unpack(container, decoder).ShouldBe(text);
    }

    private static string Refused(byte[] container, LanguageModel model, LanguageCoderOptions options)
    {
        using var coder = new LanguageModelCoder(model, s_tokenizer, options);
        using var output = new MemoryStream();
        var message = Should.Throw<UnsupportedFeatureException>(() => TextDecompressor.Open(new MemoryStream(container)).Decompress(output, coder)).Message;
        output.Length.ShouldBe(0);
        return message;
    }

    private static byte[] Compress(byte[] text, LanguageModel model, LanguageCoderOptions? options = null)
    {
        using var coder = new LanguageModelCoder(model, s_tokenizer, options ?? s_options);
        return Pack(text, coder);
    }

    private static byte[] Decompress(byte[] container, LanguageModel model, LanguageCoderOptions? options = null)
    {
        using var coder = new LanguageModelCoder(model, s_tokenizer, options ?? s_options);
        return Unpack(container, coder);
    }

    private static byte[] Pack(byte[] text, BlockCoder? coder)
    {
        using var output = new MemoryStream();
        TextCompressor.Compress(new MemoryStream(text), output, coder);
        return output.ToArray();
    }

    private static byte[] Unpack(byte[] container, BlockCoder coder)
    {
        using var output = new MemoryStream();
        TextDecompressor.Open(new MemoryStream(container)).Decompress(output, coder);
        return output.ToArray();
    }

    private static LanguageModel Model(ulong seed, float scale = 20) => ToyModels.Language(ToyModels.Llama() with { VocabularySize = Vocabulary, LogitScale = scale }, seed);

    // What the model makes of noise: a text that it finds as likely as its own.
    private static byte[] Likely(int count)
    {
        var encoder = new ArithmeticEncoder();
        encoder.EncodeUniform((uint)count, 19);
        encoder.EncodeUniform(0, 1);
        var key = new RandomKey(3, 0, 0, RandomPurpose.Sample);
        for (var i = 0; i < 4 * count; i++) encoder.EncodeUniform((uint)key.Below(256, (uint)i), 8);
        using var coder = new LanguageModelCoder(s_model, Bytes(), new() { Context = 48 });
        var text = new byte[count];
        coder.Decode(text, new ArithmeticDecoder(encoder.Finish().ToArray()), default);
        return text;
    }

    private static Tokenizer Bytes()
    {
        static string Token(int b) => ((char)(b is >= 33 and <= 126 ? b : b <= 32 ? 256 + b : 256 + 33)).ToString(); // GPT-2's alphabet
        var vocabulary = string.Join(", ", Enumerable.Range(0, Vocabulary).Select(static b => $"{JsonSerializer.Serialize(Token(b))}: {b}"));
        return Tokenizer.FromJson(Encoding.UTF8.GetBytes($$$"""
            {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}, "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "vocab": { {{{vocabulary}}} }, "merges": []} }
            """));
    }
}
