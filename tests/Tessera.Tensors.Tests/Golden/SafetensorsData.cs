using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tessera.Tensors.Tests.Golden;

/// <summary>The tensors of a trusted safetensors file: eight bytes of header length, a JSON header, data.</summary>
internal sealed class SafetensorsData(byte[] file)
{
    private readonly JsonElement _header = JsonDocument.Parse(file.AsMemory(8, HeaderLength(file))).RootElement;

    public byte[] Bytes(string name)
    {
        var offsets = _header.GetProperty(name).GetProperty("data_offsets");
        var start = 8 + HeaderLength(file);
        return file[(start + offsets[0].GetInt32())..(start + offsets[1].GetInt32())];
    }

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();

    private static int HeaderLength(byte[] file) => (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
}
