using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

public sealed class GgufFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void AValidFileGivesItsMetadataAndTensors(uint version)
    {
        using var file = GgufFile.Open(_folder.Write("valid.gguf", GgufBytes.Valid(version)));

        file.Version.ShouldBe((int)version);
        file.Metadata.Keys.ShouldBe(["general.architecture", "a.count", "a.list", "a.words"]);
        file.Metadata.String("general.architecture").ShouldBe("test");
        file.Metadata["a.count"].AsInt32().ShouldBe(7);
        file.Metadata["a.list"].AsInt32s().ShouldBe([1, 2, 3]);
        file.Metadata["a.words"].AsStrings().ShouldBe(["x", "yé"]);
        file.Tensors.Keys.ShouldBe(["a.weight", "b.weight"]);
        file.Tensors["a.weight"].Shape.ToArray().ShouldBe([4, 8]);
        file.GetTensor("b.weight").Format.ShouldBe(TensorFormat.Q8_0);
        file.GetTensor("b.weight").ToArray().Length.ShouldBe(64);
        file.WeightBytes.ShouldBe(128 + 68);
    }

    [Fact]
    public void TruncationAtEveryByteIsATypedError()
    {
        var whole = GgufBytes.Valid();
        for (var length = 0; length < whole.Length; length++)
        {
            var path = _folder.Write("cut.gguf", whole.AsSpan(0, length));
            Should.Throw<MalformedInputException>(() => GgufFile.Open(path), $"cut to {length} bytes").File.ShouldBe(path);
        }
    }

    [Fact]
    public void NothingIsReadBeyondTheEndWhateverOneByteSays()
    {
        var whole = GgufBytes.Valid();
        for (var i = 0; i < whole.Length - 196; i++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
            {
                var bytes = whole.ToArray();
                bytes[i] = value;
                try
                {
                    ReadAll(bytes);
                }
                catch (TesseraException)
                {
                    // one of the three typed errors; anything else fails the test
                }
            }
        }
    }

    [Fact]
    public void CountsAreComparedWithTheFileBeforeAnythingIsAllocated()
    {
        Fails(GgufBytes.Head(ulong.MaxValue, 0), "tensor count", "18,446,744,073,709,551,615 tensors");
        Fails(GgufBytes.Head(0, 1UL << 62), "metadata key count", "0 bytes are left");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(9).U32(4).U64(1UL << 62), "x", "array elements are claimed");
        Fails(GgufBytes.Head(0, 1).U64(ulong.MaxValue - 7).Zeros(16), "metadata key 0", "18,446,744,073,709,551,608 bytes");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(8).U64(1UL << 40), "x", "1,099,511,627,776 bytes");
    }

    [Fact]
    public void LimitsAreSaidWithBothNumbers()
    {
        var two = GgufBytes.Head(0, 2).Text("a").U32(8).Text("long text").Text("b").U32(9).U32(0).U64(4).Zeros(4);
        Should.Throw<ResourceLimitException>(() => two.Open(_folder, new InputLimits { MaxMetadataKeys = 1 })).Allowed.ShouldBe(1);
        Should.Throw<ResourceLimitException>(() => two.Open(_folder, new InputLimits { MaxStringBytes = 8 })).Needed.ShouldBe(9);
        Should.Throw<ResourceLimitException>(() => two.Open(_folder, new InputLimits { MaxArrayLength = 3 })).Needed.ShouldBe(4);
        var path = _folder.Write("two.gguf", GgufBytes.Valid());
        Should.Throw<ResourceLimitException>(() => GgufFile.Open(path, new InputLimits { MaxTensors = 1 })).Needed.ShouldBe(2);
    }

    [Fact]
    public void MetadataMustFollowTheRules()
    {
        Fails(GgufBytes.Head(0, 1).Text("").U32(0).Zeros(8), "metadata key 0", "empty");
        Fails(GgufBytes.Head(0, 2).Text("x").U32(0).Raw([1]).Text("x").U32(0).Raw([1]), "x", "twice");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(13).Zeros(8), "x", "type 13");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(9).U32(9).U64(1).U32(0).U64(0), "x", "arrays of arrays");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(7).Raw([7]), "x", "neither 0 nor 1");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(9).U32(7).U64(3).Raw([0, 1, 2]), "x", "neither 0 nor 1");
        Fails(GgufBytes.Head(0, 1).U64(2).Raw([0xC3, 0x28]).U32(0).Raw([1]), "metadata key 0", "UTF-8");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(8).U64(1).Raw([0xFF]), "x", "UTF-8");
        Fails(GgufBytes.Head(0, 1).Text("x").U32(9).U32(8).U64(2).Text("good").U64(1).Raw([0xC3]), "x", "UTF-8");
    }

    [Fact]
    public void AlignmentIsAPowerOfTwoOfTheRightType()
    {
        foreach (var alignment in new uint[] { 0, 3, 48, uint.MaxValue })
            Fails(GgufBytes.Head(0, 1).Text("general.alignment").U32(4).U32(alignment), "general.alignment", "power of two");
        Fails(GgufBytes.Head(0, 1).Text("general.alignment").U32(10).U64(32), "general.alignment", "UInt64");
        using var file = GgufBytes.Head(2, 1).Text("general.alignment").U32(4).U32(64)
            .Tensor("a", [3], TensorFormat.F32, 0).Tensor("b", [], TensorFormat.F32, 64).Pad(64).Zeros(64).Raw(BitConverter.GetBytes(2.5f)).Open(_folder);
        file.GetTensor("b").ToArray().ShouldBe([2.5f]);
    }

    [Fact]
    public void TensorsMustFollowTheRules()
    {
        Fails(One("", [4], 0, 0), "tensor 0", "no name");
        Fails(One(new string('n', 64), [4], 0, 0), "tensor 0", "64 bytes");
        Fails(One("w", [1, 1, 1, 1, 1], 0, 0), "w", "5 dimensions");
        Fails(One("w", [1UL << 63], 0, 0), "w", "63 bits");
        Fails(One("w", [1UL << 32, 1UL << 32], 0, 0), "w", "64 bits");
        Fails(One("w", [1UL << 62], 0, 0), "w", "64 bits"); // elements fit, bytes do not
        Fails(One("w", [4], 9999, 0), "w", "type 9999");
        Fails(One("w", [4], 1000, 0), "w", "type 1000"); // Tessera's own number for U8
        Fails(One("w", [33], (uint)TensorFormat.Q8_0, 0), "w", "33");
        Fails(One("w", [4], 0, 32), "w", "0 was expected");
        Fails(One("w", [4], 0, 1), "w", "0 was expected");
        Fails(One("w", [400], 0, 0), "w", "outside the file");
        Fails(GgufBytes.Head(2, 0).Tensor("w", [4], 0, 0).Tensor("w", [4], 0, 32).Pad(32).Zeros(64), "w", "two tensors");
        Fails(GgufBytes.Head(2, 0).Tensor("a", [16], 0, 0).Tensor("b", [4], 0, 32).Pad(32).Zeros(128), "b", "64 was expected");
    }

    [Fact]
    public void WhatIsWellFormedButNotReadIsRefusedByName()
    {
        Should.Throw<UnsupportedFeatureException>(() => GgufBytes.Head(0, 0, version: 1).Open(_folder)).Feature.ShouldContain("version 1");
        Should.Throw<UnsupportedFeatureException>(() => GgufBytes.Head(0, 0, version: 4).Open(_folder)).Feature.ShouldContain("version 4");
        Should.Throw<UnsupportedFeatureException>(() => GgufBytes.Head(0, 0, version: 0x0300_0000).Open(_folder)).Feature.ShouldContain("big-endian");
        Should.Throw<UnsupportedFeatureException>(() => One("w", [32], 31, 0).Open(_folder)).Feature.ShouldContain("Q4_0_4_4");
        Fails(GgufBytes.Head(0, 0, version: 0), "version", "0");
    }

    [Fact]
    public void TensorsWithoutValuesAreAllowed()
    {
        using var file = One("w", [0, 5], 0, 0).Open(_folder);
        file.Tensors["w"].Shape.ToArray().ShouldBe([5, 0]);
        file.GetTensor("w").Count.ShouldBe(0);
    }

    [Fact]
    public void AMissingKeyOrTensorIsNamed()
    {
        using var file = GgufFile.Open(_folder.Write("valid.gguf", GgufBytes.Valid()));
        Should.Throw<MalformedInputException>(() => file.Metadata["no.such"]).Place.ShouldBe("no.such");
        Should.Throw<MalformedInputException>(() => file.GetTensor("no.such")).Place.ShouldBe("no.such");
    }

    [Fact]
    public void AClosedFileIsNotRead()
    {
        var file = GgufFile.Open(_folder.Write("valid.gguf", GgufBytes.Valid()));
        var words = file.Metadata["a.words"];
        file.Dispose();
        Should.Throw<ObjectDisposedException>(() => file.GetTensor("a.weight"));
        Should.Throw<ObjectDisposedException>(words.AsStrings);
    }

    [Fact]
    public void AVocabularyOf150000TokensOpensFast()
    {
        var bytes = GgufBytes.Head(0, 1).Text("tokenizer.ggml.tokens").U32(9).U32(8).U64(150_000);
        for (var i = 0; i < 150_000; i++) bytes.Text($"Ġtoken{i}");
        var path = _folder.Write("vocabulary.gguf", bytes.ToArray());
        using (GgufFile.Open(path))
        {
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var file = GgufFile.Open(path);
        var tokens = file.Metadata["tokenizer.ggml.tokens"].AsStrings();
        watch.ElapsedMilliseconds.ShouldBeLessThan(1000); // about 15 ms on one core
        tokens[149_999].ShouldBe("Ġtoken149999");
    }

    private static unsafe void ReadAll(byte[] bytes)
    {
        fixed (byte* memory = bytes)
        {
            using var file = GgufFile.Open(MappedFile.OverMemory("changed.gguf", memory, bytes.Length));
            foreach (var name in file.Tensors.Keys) file.GetTensor(name).ToArray();
        }
    }

    private static GgufBytes One(string name, ulong[] dimensions, uint type, ulong offset) =>
        GgufBytes.Head(1, 0).Tensor(name, dimensions, (TensorFormat)type, offset).Pad(32).Zeros(64);

    private void Fails(GgufBytes bytes, string place, string reason)
    {
        var error = Should.Throw<MalformedInputException>(() => bytes.Open(_folder));
        error.File.ShouldBe(_folder["test.gguf"]);
        error.Place.ShouldBe(place);
        error.Reason.ShouldContain(reason);
    }
}
