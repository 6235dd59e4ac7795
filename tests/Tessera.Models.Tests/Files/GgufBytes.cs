using System.Text;
using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Models.Tests.Files;

/// <summary>Writes GGUF files field by field, so that a test can lie in any of them.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    public static GgufBytes Head(ulong tensors, ulong keys, uint version = 3) => new GgufBytes().Raw("GGUF"u8).U32(version).U64(tensors).U64(keys);

    // One key of every scalar type, two tensors; the smallest complete file that the tests start from.
    public static byte[] Valid(uint version = 3) => Head(2, 4, version)
        .Text("general.architecture").U32(8).Text("test")
        .Text("a.count").U32(4).U32(7)
        .Text("a.list").U32(9).U32(5).U64(3).U32(1).U32(2).U32(3)
        .Text("a.words").U32(9).U32(8).U64(2).Text("x").Text("yé")
        .Tensor("a.weight", [8, 4], TensorFormat.F32, 0)
        .Tensor("b.weight", [32, 2], TensorFormat.Q8_0, 128)
        .Pad(32).Zeros(128).Zeros(68).ToArray();

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes U32(uint value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes U64(ulong value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes Text(string text) => U64((ulong)Encoding.UTF8.GetByteCount(text)).Raw(Encoding.UTF8.GetBytes(text));

    public GgufBytes Tensor(string name, ulong[] dimensions, TensorFormat format, ulong offset)
    {
        Text(name).U32((uint)dimensions.Length);
        foreach (var dimension in dimensions) U64(dimension);
        return U32((uint)format).U64(offset);
    }

    public GgufBytes Pad(int alignment)
    {
        while (_bytes.Count % alignment != 0) _bytes.Add(0);
        return this;
    }

    public GgufBytes Zeros(int count) => Raw(new byte[count]);

    public byte[] ToArray() => _bytes.ToArray();

    public GgufFile Open(ScratchFolder folder, InputLimits? limits = null) => GgufFile.Open(folder.Write("test.gguf", _bytes.ToArray()), limits);
}
