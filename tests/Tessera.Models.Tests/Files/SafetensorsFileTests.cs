using System.Text;
using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AValidFileGivesItsTensorsAndMetadata()
    {
        var header = """
            {"__metadata__":{"format":"pt","note":"é"},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},
             "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"none":{"dtype":"F16","shape":[3,0],"data_offsets":[8,8]},
             "scalar":{"dtype":"BF16","shape":[],"data_offsets":[16,18],"later":{"field":[1]}}}
            """;
        byte[] data = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), .. BitConverter.GetBytes(7L), 0x80, 0x3F];
        using var file = Open(header, data);

        file.Metadata["note"].ShouldBe("é");
        file.Tensors.Keys.ShouldBe(["a", "none", "b", "scalar"]);
        file.Tensors["a"].Shape.ToArray().ShouldBe([2, 1]);
        file.GetTensor("a").ToArray().ShouldBe([1.5f, -2f]);
        file.GetTensor("b").ToArray().ShouldBe([7f]);
        file.GetTensor("none").Count.ShouldBe(0);
        file.GetTensor("scalar").ToArray().ShouldBe([1f]);
        file.WeightBytes.ShouldBe(18);
        Should.Throw<MalformedInputException>(() => file.GetTensor("c")).Place.ShouldBe("c");
    }

    [Theory]
    [InlineData("F32", 4, TensorFormat.F32)]
    [InlineData("F16", 2, TensorFormat.F16)]
    [InlineData("BF16", 2, TensorFormat.BF16)]
    [InlineData("F64", 8, TensorFormat.F64)]
    [InlineData("I8", 1, TensorFormat.I8)]
    [InlineData("I16", 2, TensorFormat.I16)]
    [InlineData("I32", 4, TensorFormat.I32)]
    [InlineData("I64", 8, TensorFormat.I64)]
    [InlineData("U8", 1, TensorFormat.U8)]
    [InlineData("BOOL", 1, TensorFormat.Bool)]
    public void EveryTypeIsKnown(string dtype, int bytes, TensorFormat format)
    {
        using var file = Open(Entry(dtype, "[3]", $"[0,{3 * bytes}]"), new byte[3 * bytes]);
        file.Tensors["t"].Format.ShouldBe(format);
        file.GetTensor("t").ToArray().ShouldBe([0f, 0f, 0f]);
    }

    [Fact]
    public void TypesThatAreNotComputedWithAreRefusedByName() =>
        Should.Throw<UnsupportedFeatureException>(() => Open(Entry("F8_E4M3", "[2]", "[0,2]"), new byte[2])).Feature.ShouldContain("F8_E4M3 of tensor t");

    [Theory]
    [InlineData("""{"t":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}""", "t", "dtype")]
    [InlineData("""{"t":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "t.dtype", "string")]
    [InlineData("""{"t":{"shape":[2],"data_offsets":[0,8]}}""", "t", "dtype is missing")]
    [InlineData("""{"t":{"dtype":"F32","data_offsets":[0,8]}}""", "t", "shape is missing")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2]}}""", "t", "data_offsets")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "t", "data_offsets")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "t.data_offsets", "more than 2")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}""", "t.data_offsets", "integer")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,-8]}}""", "t.data_offsets", "integer")]
    [InlineData("""{"t":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}""", "t.shape", "integer")]
    [InlineData("""{"t":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "t.shape", "integer")]
    [InlineData("""{"t":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "t.shape", "list")]
    [InlineData("""{"t":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}}""", "t.shape", "integer")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "t", "64 bits")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", "t", "64 bits")]
    [InlineData("""{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "t", "12 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "t", "before it begins")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "t", "a hole")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "data", "4 bytes behind")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "t", "the file has 8")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "u", "an overlap")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "t", "twice")]
    [InlineData("""{"t":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "t.dtype", "twice")]
    [InlineData("""{"t":[]}""", "t", "no object")]
    [InlineData("""{"__metadata__":{"a":1},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__.a", "no string")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__.a", "twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__", "twice")]
    [InlineData("""{"__metadata__":"x","t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "__metadata__", "no object")]
    [InlineData(""" {"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "header", "begin with {")]
    public void EveryRuleOfTheFormatIsHeld(string header, string place, string reason)
    {
        var error = Should.Throw<MalformedInputException>(() => Open(header, new byte[8]));
        error.File.ShouldBe(_folder["test.safetensors"]);
        error.Place.ShouldBe(place);
        error.Reason.ShouldContain(reason);
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}""")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2,],"data_offsets":[0,8]}}""")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"t":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData("{nonsense}")]
    public void AHeaderThatIsNoJsonIsRefused(string header) => Should.Throw<MalformedInputException>(() => Open(header, new byte[8]));

    [Fact]
    public void DeepNestingIsRefused() =>
        Should.Throw<MalformedInputException>(() => Open("{\"t\":{\"x\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}}", []));

    [Theory]
    [InlineData("{\"", "\":[]}")]
    [InlineData("{\"__metadata__\":{\"", "\":\"\"}}")]
    [InlineData("{\"__metadata__\":{\"a\":\"", "\"}}")]
    [InlineData("{\"a\":{\"dtype\":\"", "\"}}")]
    public void NamesAndTextsHaveALimit(string before, string behind) =>
        Should.Throw<ResourceLimitException>(() => Open(before + new string('n', 17 << 20) + behind, [])).Needed.ShouldBe(17 << 20);

    [Theory]
    [InlineData("{\"a\":n")] // .NET's reader would put all that follows into its message, at nine times the size
    [InlineData("{\"a\":tru")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":\"")]
    [InlineData("{")]
    public void ALargeHeaderThatIsNoJsonTakesMemoryInProportion(string start)
    {
        var text = Encoding.UTF8.GetBytes(start + new string('y', 20_000_000));
        var path = _folder.Write("large.safetensors", [.. BitConverter.GetBytes((ulong)text.Length), .. text]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<MalformedInputException>(() => SafetensorsFile.Open(path)).Message.Length.ShouldBeLessThan(1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void TheHeaderLengthIsComparedWithTheFileAndTheLimit()
    {
        Should.Throw<MalformedInputException>(() => OpenBytes([1, 0xE1, 0xF5, 5, 0, 0, 0, 0, (byte)'{'])).Reason.ShouldContain("100,000,000"); // 100,000,001
        Should.Throw<MalformedInputException>(() => OpenBytes([0, 16, 0, 0, 0, 0, 0, 0, (byte)'{'])).Reason.ShouldContain("outside the file");
        Should.Throw<MalformedInputException>(() => OpenBytes([255, 255, 255, 255, 255, 255, 255, 255, (byte)'{']));
        Should.Throw<MalformedInputException>(() => OpenBytes([0, 0, 0, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public void TruncationAtEveryByteIsATypedError()
    {
        var whole = Bytes("""{"__metadata__":{"format":"pt"},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  """, new byte[8]);
        for (var length = 0; length < whole.Length; length++)
            Should.Throw<MalformedInputException>(() => OpenBytes(whole.AsSpan(0, length)), $"cut to {length} bytes");
        OpenBytes(whole).Dispose();
    }

    private static string Entry(string dtype, string shape, string offsets) => $$$"""{"t":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":{{{offsets}}} }}""";

    private static byte[] Bytes(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data];
    }

    private SafetensorsFile Open(string header, byte[] data) => OpenBytes(Bytes(header, data));

    private SafetensorsFile OpenBytes(ReadOnlySpan<byte> bytes) => SafetensorsFile.Open(_folder.Write("test.safetensors", bytes));
}
