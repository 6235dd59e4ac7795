using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// One metadata value of a GGUF file: a number, a text, or an array of either. Kept as the bytes of the file (mapped, or owned when made by
/// <c>Of</c>) and decoded when asked for, so that a vocabulary of 150,000 entries costs nothing until a tokenizer wants it. The bytes were
/// checked when the file was opened; an accessor that asks for another type than the file has throws and names file and key.
/// </summary>
public sealed class GgufValue
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MappedFile? _file;
    private readonly long _offset;
    private readonly int _length;
    private readonly byte[]? _owned;

    internal GgufValue(MappedFile file, string key, GgufValueType type, GgufValueType elementType, int count, long offset, int length)
    {
        (_file, Key, Type, ElementType, Count, _offset, _length) = (file, key, type, elementType, count, offset, length);
    }

    private GgufValue(GgufValueType type, GgufValueType elementType, int count, byte[] payload)
    {
        (Key, Type, ElementType, Count, _owned, _length) = ("", type, elementType, count, payload, payload.Length);
    }

    /// <summary>The key it stands under; empty for a value that was made in memory.</summary>
    public string Key { get; }

    /// <summary>The type in the file.</summary>
    public GgufValueType Type { get; }

    /// <summary>The type of an array's elements; <see cref="Type"/> itself for anything else.</summary>
    public GgufValueType ElementType { get; }

    /// <summary>The number of elements of an array; 1 for anything else.</summary>
    public int Count { get; }

    // The value as the file writes it, without type and count in front.
    internal ReadOnlySpan<byte> Payload => _owned ?? _file!.Span(_offset, _length, Key);

    /// <summary>A number or truth value of the type that corresponds to <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">GGUF has no such type.</exception>
    public static GgufValue Of<T>(T value) where T : unmanaged => new(TypeOf<T>(), TypeOf<T>(), 1, MemoryMarshal.AsBytes([value]).ToArray());

    /// <summary>A text.</summary>
    /// <exception cref="ArgumentException">The text holds half a surrogate pair.</exception>
    public static GgufValue Of(string value) => new(GgufValueType.String, GgufValueType.String, 1, Encode([value]));

    /// <summary>An array of numbers or truth values.</summary>
    /// <exception cref="ArgumentException">GGUF has no such type.</exception>
    public static GgufValue OfArray<T>(ReadOnlySpan<T> values) where T : unmanaged =>
        new(GgufValueType.Array, TypeOf<T>(), values.Length, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>An array of texts.</summary>
    /// <exception cref="ArgumentException">A text holds half a surrogate pair.</exception>
    public static GgufValue OfArray(IReadOnlyCollection<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(GgufValueType.Array, GgufValueType.String, values.Count, Encode(values));
    }

    /// <summary>The text.</summary>
    /// <exception cref="MalformedInputException">The value is no string.</exception>
    public string AsString() => Type == GgufValueType.String ? Encoding.UTF8.GetString(Payload[sizeof(ulong)..]) : throw Wrong("a string");

    /// <summary>The truth value.</summary>
    /// <exception cref="MalformedInputException">The value is no bool.</exception>
    public bool AsBool() => Type == GgufValueType.Bool ? Payload[0] != 0 : throw Wrong("a bool");

    /// <summary>The number, from any integer type.</summary>
    /// <exception cref="MalformedInputException">The value is no integer, or does not fit 64 bits with sign.</exception>
    public long AsInt64() => (long)Integer(Scalar("an integer"), long.MinValue, long.MaxValue);

    /// <summary>The number, from any integer type.</summary>
    /// <exception cref="MalformedInputException">The value is no integer, negative, or does not fit 64 bits.</exception>
    public ulong AsUInt64() => (ulong)Integer(Scalar("an integer"), 0, ulong.MaxValue);

    /// <summary>The number, from any integer type.</summary>
    /// <exception cref="MalformedInputException">The value is no integer, or does not fit 32 bits with sign.</exception>
    public int AsInt32() => (int)Integer(Scalar("an integer"), int.MinValue, int.MaxValue);

    /// <summary>The number, from any integer type.</summary>
    /// <exception cref="MalformedInputException">The value is no integer, negative, or does not fit 32 bits.</exception>
    public uint AsUInt32() => (uint)Integer(Scalar("an integer"), 0, uint.MaxValue);

    /// <summary>The number, from any numeric type; may be NaN or infinite, as the file says.</summary>
    /// <exception cref="MalformedInputException">The value is no number.</exception>
    public double AsDouble() => Number(Scalar("a number"));

    /// <summary>The number, from any numeric type, rounded to 32 bits; may be NaN or infinite, as the file says.</summary>
    /// <exception cref="MalformedInputException">The value is no number.</exception>
    public float AsFloat() => (float)AsDouble();

    /// <summary>The texts of an array, decoded now.</summary>
    /// <exception cref="MalformedInputException">The value is no array of strings.</exception>
    public string[] AsStrings()
    {
        var rest = Elements(ElementType == GgufValueType.String, "an array of strings");
        var values = new string[Count];
        for (var i = 0; i < values.Length; i++)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            values[i] = Encoding.UTF8.GetString(rest.Slice(sizeof(ulong), length));
            rest = rest[(sizeof(ulong) + length)..];
        }

        return values;
    }

    /// <summary>The numbers of an array of any integer type.</summary>
    /// <exception cref="MalformedInputException">The value is no array of integers, or one does not fit 32 bits with sign.</exception>
    public int[] AsInt32s()
    {
        var elements = Elements(IsInteger(ElementType), "an array of integers");
        var values = new int[Count];
        var size = SizeOf(ElementType);
        for (var i = 0; i < values.Length; i++) values[i] = (int)Integer(elements.Slice(i * size, size), int.MinValue, int.MaxValue);
        return values;
    }

    /// <summary>The numbers of an array of any numeric type, rounded to 32 bits.</summary>
    /// <exception cref="MalformedInputException">The value is no array of numbers.</exception>
    public float[] AsFloats()
    {
        var elements = Elements(SizeOf(ElementType) > 0 && ElementType != GgufValueType.Bool, "an array of numbers");
        var values = new float[Count];
        var size = SizeOf(ElementType);
        for (var i = 0; i < values.Length; i++) values[i] = (float)Number(elements.Slice(i * size, size));
        return values;
    }

    /// <summary>The truth values of an array.</summary>
    /// <exception cref="MalformedInputException">The value is no array of bools.</exception>
    public bool[] AsBools()
    {
        var elements = Elements(ElementType == GgufValueType.Bool, "an array of bools");
        var values = new bool[Count];
        for (var i = 0; i < values.Length; i++) values[i] = elements[i] != 0;
        return values;
    }

    /// <summary>The value for people: a number, a text, or <c>array of 299</c>.</summary>
    public override string ToString() => Type switch
    {
        GgufValueType.String => AsString(),
        GgufValueType.Bool => AsBool() ? "true" : "false",
        GgufValueType.Array => $"array of {Count}",
        GgufValueType.Float32 or GgufValueType.Float64 => AsDouble().ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        GgufValueType.UInt64 => AsUInt64().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => AsInt64().ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    // Bytes of a number or bool; 0 for strings and arrays, whose size varies.
    internal static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };

    private static bool IsInteger(GgufValueType type) => SizeOf(type) > 0 && type is not (GgufValueType.Bool or GgufValueType.Float32 or GgufValueType.Float64);

    private static GgufValueType TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(byte) ? GgufValueType.UInt8 : typeof(T) == typeof(sbyte) ? GgufValueType.Int8
        : typeof(T) == typeof(ushort) ? GgufValueType.UInt16 : typeof(T) == typeof(short) ? GgufValueType.Int16
        : typeof(T) == typeof(uint) ? GgufValueType.UInt32 : typeof(T) == typeof(int) ? GgufValueType.Int32
        : typeof(T) == typeof(ulong) ? GgufValueType.UInt64 : typeof(T) == typeof(long) ? GgufValueType.Int64
        : typeof(T) == typeof(float) ? GgufValueType.Float32 : typeof(T) == typeof(double) ? GgufValueType.Float64
        : typeof(T) == typeof(bool) ? GgufValueType.Bool : throw new ArgumentException($"GGUF has no type for {typeof(T).Name}");

    private static byte[] Encode(IEnumerable<string> values)
    {
        using var payload = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        foreach (var value in values)
        {
            var text = Utf8.GetBytes(value);
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
            payload.Write(length);
            payload.Write(text);
        }

        return payload.ToArray();
    }

    private ReadOnlySpan<byte> Scalar(string wanted) => SizeOf(Type) > 0 ? Payload : throw Wrong(wanted);

    private ReadOnlySpan<byte> Elements(bool right, string wanted) => Type == GgufValueType.Array && right ? Payload : throw Wrong(wanted);

    private Int128 Integer(ReadOnlySpan<byte> bytes, Int128 min, Int128 max)
    {
        Int128 value = ElementType switch
        {
            GgufValueType.UInt8 => bytes[0],
            GgufValueType.Int8 => (sbyte)bytes[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => throw Wrong("an integer"),
        };
        return value >= min && value <= max ? value : throw Error($"{value} is outside {min} … {max}");
    }

    private double Number(ReadOnlySpan<byte> bytes) => ElementType switch
    {
        GgufValueType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        GgufValueType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        GgufValueType.Bool => throw Wrong("a number"),
        _ => (double)Integer(bytes, long.MinValue, ulong.MaxValue),
    };

    private MalformedInputException Wrong(string wanted) =>
        Error($"{wanted} is needed, the file has {(Type == GgufValueType.Array ? $"an array of {ElementType}" : Type.ToString())}");

    private MalformedInputException Error(string reason) => new(_file?.Path ?? "GGUF value", Key, reason);
}
