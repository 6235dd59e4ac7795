using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// One value of a template: a tag, 64 bits for booleans, integers and floats, and a reference for the rest. The model is closed, so that
/// nothing of .NET is reachable from a template. Strings are a <see cref="string"/> (text of the template) or a
/// <see cref="MarkedText"/> (text of the conversation while origins are tracked, or HTML-safe text).
/// </summary>
internal readonly struct Value
{
    private readonly object? _reference;
    private readonly long _bits;

    private Value(ValueKind kind, long bits, object? reference)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
    }

    public ValueKind Kind { get; }

    public object? Reference => _reference;

    public static Value None => new(ValueKind.None, 0, null);
    public static Value True => new(ValueKind.Boolean, 1, null);
    public static Value False => new(ValueKind.Boolean, 0, null);
    public static Value EmptyString => new(ValueKind.String, 0, "");

    public static Value Of(bool value) => new(ValueKind.Boolean, value ? 1 : 0, null);

    public static Value Of(long value) => new(ValueKind.Integer, value, null);

    public static Value Of(double value) => new(ValueKind.Float, BitConverter.DoubleToInt64Bits(value), null);

    /// <summary>Integers that fit into 64 bits have one form only, so that equality and hashing need not look twice.</summary>
    public static Value Of(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? Of((long)value) : new(ValueKind.BigInteger, 0, value);

    public static Value Of(string value) => new(ValueKind.String, 0, value);

    public static Value Of(MarkedText value) => new(ValueKind.String, 0, value);

    public static Value List(params Value[] items) => new(ValueKind.List, 0, new Sequence(items));

    public static Value Tuple(params Value[] items) => new(ValueKind.Tuple, 0, new Sequence(items));

    public static Value Group(Value grouper, Value[] items) => new(ValueKind.Tuple, 0, new GroupSequence(grouper, items));

    public static Value Generator(Value[] items) => new(ValueKind.Generator, 0, new GeneratorState(items));

    public static Value View(Value[] items, string typeName) => new(ValueKind.View, 0, new ViewSequence(items, typeName));

    public static Value Of(ValueDictionary value) => new(ValueKind.Dictionary, 0, value);

    public static Value Of(ValueRange value) => new(ValueKind.Range, 0, value);

    public static Value Of(TemplateObject value) => new(ValueKind.Object, 0, value);

    public static Value Undefined(UndefinedOrigin origin) => new(ValueKind.Undefined, 0, origin);

    public bool IsMissing => Kind == ValueKind.Missing;
    public bool IsUndefined => Kind == ValueKind.Undefined;
    public bool IsNone => Kind == ValueKind.None;
    public bool IsString => Kind == ValueKind.String;
    public bool IsBoolean => Kind == ValueKind.Boolean;

    /// <summary>Python's <c>int</c>: booleans count.</summary>
    public bool IsInteger => Kind is ValueKind.Integer or ValueKind.Boolean or ValueKind.BigInteger;

    public bool IsNumber => IsInteger || Kind == ValueKind.Float;

    /// <summary>A boolean or an integer of 64 bits.</summary>
    public bool IsSmallInteger => Kind is ValueKind.Integer or ValueKind.Boolean;

    public bool IsTrueConstant => Kind == ValueKind.Boolean && _bits != 0;
    public bool IsFalseConstant => Kind == ValueKind.Boolean && _bits == 0;

    /// <summary>The bits of a boolean or a 64-bit integer.</summary>
    public long Integer => _bits;

    public double Float => BitConverter.Int64BitsToDouble(_bits);

    public BigInteger BigInteger => Kind == ValueKind.BigInteger ? (BigInteger)_reference! : _bits;

    /// <summary>A number of any kind as a float.</summary>
    public double ToDouble() => Kind switch
    {
        ValueKind.Float => Float,
        ValueKind.BigInteger => (double)BigInteger,
        _ => _bits,
    };

    /// <summary>The characters of a string.</summary>
    public string Text => _reference as string ?? Unsafe.As<MarkedText>(_reference!).Text;

    /// <summary>Where a string comes from; null for plain text of the template.</summary>
    public MarkedText? Marks => _reference as MarkedText;

    public bool IsMarkup => Kind == ValueKind.String && _reference is MarkedText { IsMarkup: true };

    /// <summary>The elements of a list, tuple or view.</summary>
    public Value[] Items => Unsafe.As<Sequence>(_reference!).Items;

    public ValueDictionary Dictionary => Unsafe.As<ValueDictionary>(_reference!);

    public ValueRange Range => Unsafe.As<ValueRange>(_reference!);

    public UndefinedOrigin Origin => Unsafe.As<UndefinedOrigin>(_reference!);

    public TemplateObject Object => Unsafe.As<TemplateObject>(_reference!);

    public GeneratorState GeneratorState => Unsafe.As<GeneratorState>(_reference!);

    /// <summary>Python's truth: empty, zero, none and undefined are false.</summary>
    public bool IsTruthy => Kind switch
    {
        ValueKind.Boolean or ValueKind.Integer => _bits != 0,
        ValueKind.String => Text.Length != 0,
        ValueKind.List or ValueKind.Tuple or ValueKind.View => Items.Length != 0,
        ValueKind.Dictionary => Dictionary.Count != 0,
        ValueKind.Float => Float != 0,
        ValueKind.Range => Range.Count != 0,
        ValueKind.BigInteger or ValueKind.Generator => true,
        ValueKind.Object => Object.IsTruthy,
        _ => false,
    };

    /// <summary>The name of the Python type, for messages.</summary>
    public string TypeName => Kind switch
    {
        ValueKind.Undefined => "Undefined",
        ValueKind.None => "NoneType",
        ValueKind.Boolean => "bool",
        ValueKind.Integer or ValueKind.BigInteger => "int",
        ValueKind.Float => "float",
        ValueKind.String => IsMarkup ? "Markup" : "str",
        ValueKind.List => "list",
        ValueKind.Tuple => "tuple",
        ValueKind.Dictionary => "dict",
        ValueKind.Range => "range",
        ValueKind.View => ((ViewSequence)_reference!).TypeName,
        ValueKind.Generator => "generator",
        ValueKind.Object => Object.TypeName,
        _ => "missing",
    };
}
