using System.Buffers.Binary;
using System.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>Writes the fields of a protobuf message. Knows the wire format only, no message.</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0, Bytes = 2, Fixed32 = 5;

    private readonly List<byte> _message = [];

    /// <summary>What has been written.</summary>
    public byte[] ToArray() => [.. _message];

    /// <summary>A whole number; negative ones take ten bytes.</summary>
    public void Number(int field, long value)
    {
        Key(field, Varint);
        Raw((ulong)value);
    }

    /// <summary>A truth value.</summary>
    public void Bool(int field, bool value) => Number(field, value ? 1 : 0);

    /// <summary>A number of single precision.</summary>
    public void Single(int field, float value)
    {
        Key(field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _message.AddRange(bytes);
    }

    /// <summary>Bytes, or a nested message.</summary>
    public void Block(int field, ReadOnlySpan<byte> value)
    {
        Key(field, Bytes);
        Raw((ulong)value.Length);
        _message.AddRange(value);
    }

    /// <summary>A text.</summary>
    public void Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

    private void Key(int field, int wire) => Raw((ulong)field << 3 | (uint)wire);

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _message.Add((byte)(value | 0x80));
        _message.Add((byte)value);
    }
}
