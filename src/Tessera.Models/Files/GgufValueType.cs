namespace Tessera.Models.Files;

/// <summary>The type of a GGUF metadata value; the numbers are those of the GGUF specification (<c>gguf_metadata_value_type</c>).</summary>
public enum GgufValueType
{
    /// <summary>Unsigned, 8 bits.</summary>
    UInt8 = 0,

    /// <summary>Signed, 8 bits.</summary>
    Int8 = 1,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16 = 2,

    /// <summary>Signed, 16 bits.</summary>
    Int16 = 3,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32 = 4,

    /// <summary>Signed, 32 bits.</summary>
    Int32 = 5,

    /// <summary>Floating point, 32 bits.</summary>
    Float32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>UTF-8 text with its length in front.</summary>
    String = 8,

    /// <summary>A list of values of one type, which is not an array itself.</summary>
    Array = 9,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64 = 10,

    /// <summary>Signed, 64 bits.</summary>
    Int64 = 11,

    /// <summary>Floating point, 64 bits.</summary>
    Float64 = 12,
}
