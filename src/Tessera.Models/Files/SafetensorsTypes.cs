using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>The names that safetensors gives to element types (<c>enum Dtype</c> of the reference), and Tessera's formats for them.</summary>
internal static class SafetensorsTypes
{
    private static readonly Dictionary<string, TensorFormat> Formats = new()
    {
        ["F32"] = TensorFormat.F32, ["F16"] = TensorFormat.F16, ["BF16"] = TensorFormat.BF16, ["F64"] = TensorFormat.F64,
        ["I8"] = TensorFormat.I8, ["I16"] = TensorFormat.I16, ["I32"] = TensorFormat.I32, ["I64"] = TensorFormat.I64,
        ["U8"] = TensorFormat.U8, ["BOOL"] = TensorFormat.Bool,
    };

    private static readonly Dictionary<TensorFormat, string> Names = Formats.ToDictionary(f => f.Value, f => f.Key);

    public static bool TryGet(string name, out TensorFormat format) => Formats.TryGetValue(name, out format);

    /// <summary>Whether the format defines a type of this name, read or not.</summary>
    public static bool IsDefined(string name) => name is "U16" or "U32" or "U64" or "C64"
        or "F4" or "F6_E2M3" or "F6_E3M2" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" || Formats.ContainsKey(name);

    /// <summary>The name for a format; an <see cref="ArgumentException"/> if safetensors has none.</summary>
    public static string NameOf(TensorFormat format) =>
        Names.TryGetValue(format, out var name) ? name : throw new ArgumentException($"safetensors has no type for {format}; widen the tensor first", nameof(format));
}
