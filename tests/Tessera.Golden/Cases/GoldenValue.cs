using System.Text.Json;

namespace Tessera.Golden;

/// <summary>
/// A value of a case file that remembers what was read of it. Walking (<see cref="this[string]"/>, <see cref="Items"/>) leaves no mark;
/// reading a leaf (<see cref="AsString"/>, <see cref="AsDouble"/> …) marks that leaf; taking an array or tensor as a whole
/// (<see cref="AsDoubles"/>, <see cref="AsTensor"/> …) marks all of it; comparing through <see cref="GoldenCheck"/> marks what was compared.
/// </summary>
/// <remarks>"NaN", "Infinity", "inf" and their negatives stand for these numbers, as does <c>{"__float__": "Infinity"}</c>.</remarks>
public sealed partial class GoldenValue
{
    private readonly GoldenCase? _case;
    private readonly ReadMark _mark;

    internal GoldenValue(JsonElement element, string path, ReadMark mark, GoldenFile file, GoldenCase? @case)
    {
        Element = element;
        Path = path;
        _mark = mark;
        File = file;
        _case = @case;
    }

    /// <summary>Where the value stands in its case, such as <c>expected.layers[3]</c>.</summary>
    public string Path { get; }

    /// <summary>The file that it stands in.</summary>
    public GoldenFile File { get; }

    /// <summary>What kind of JSON value it is.</summary>
    public JsonValueKind Kind => Element.ValueKind;

    /// <summary>The JSON itself. Reading it leaves no mark: for looking at a shape, not for comparing.</summary>
    public JsonElement Element { get; }

    /// <summary>The number of items of an array or of properties of an object; 0 for anything else.</summary>
    public int Count => Kind switch
    {
        JsonValueKind.Array => Element.GetArrayLength(),
        JsonValueKind.Object => Element.EnumerateObject().Count(),
        _ => 0,
    };

    /// <summary>The value under a key.</summary>
    /// <exception cref="GoldenFormatException">There is no such key.</exception>
    public GoldenValue this[string key] => Find(key) ?? throw new GoldenFormatException(Path, $"no key \"{key}\"");

    /// <summary>The item at an index.</summary>
    /// <exception cref="GoldenFormatException">There is no such item.</exception>
    public GoldenValue this[int index] => Kind == JsonValueKind.Array && index >= 0 && index < Count
        ? Child(Element[index], $"{Path}[{index}]", _mark.Item(index))
        : throw new GoldenFormatException(Path, $"no item {index}");

    /// <summary>The items of an array, in order. Enumerating an empty array counts as reading it.</summary>
    public IEnumerable<GoldenValue> Items
    {
        get
        {
            Require(JsonValueKind.Array, "an array");
            if (Count == 0) MarkRead();
            for (var i = 0; i < Count; i++) yield return this[i];
        }
    }

    /// <summary>The properties of an object, in the file's order. Enumerating an empty object counts as reading it.</summary>
    public IEnumerable<KeyValuePair<string, GoldenValue>> Properties
    {
        get
        {
            Require(JsonValueKind.Object, "an object");
            if (Count == 0) MarkRead();
            foreach (var property in Element.EnumerateObject())
                yield return new(property.Name, Child(property.Value, $"{Path}.{property.Name}", _mark.Key(property.Name)));
        }
    }

    /// <summary>Whether the value is null; a null that was asked about counts as read.</summary>
    public bool IsNull
    {
        get
        {
            if (Kind == JsonValueKind.Null) MarkRead();
            return Kind == JsonValueKind.Null;
        }
    }

    /// <summary>Whether an object has a key.</summary>
    public bool Has(string key) => Kind == JsonValueKind.Object && Element.TryGetProperty(key, out _);

    /// <summary>The value under a key, or null where there is no such key.</summary>
    public GoldenValue? Find(string key) =>
        Kind == JsonValueKind.Object && Element.TryGetProperty(key, out var value)
            ? Child(value, Path.Length == 0 ? key : $"{Path}.{key}", _mark.Key(key))
            : null;

    /// <summary>A string.</summary>
    public string AsString()
    {
        Require(JsonValueKind.String, "a string");
        MarkRead();
        return Element.GetString()!;
    }

    /// <summary>A truth value; 0 and 1 are taken as well.</summary>
    public bool AsBool()
    {
        MarkRead();
        return Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when Element.TryGetInt32(out var number) && number is 0 or 1 => number == 1,
            _ => throw Wrong("true or false"),
        };
    }

    /// <summary>A whole number of at most 32 bits.</summary>
    public int AsInt() => checked((int)AsLong());

    /// <summary>A whole number; 3.0 is taken as 3.</summary>
    public long AsLong()
    {
        Require(JsonValueKind.Number, "a whole number");
        MarkRead();
        if (Element.TryGetInt64(out var number)) return number;
        var real = Element.GetDouble();
        return real == Math.Floor(real) && Math.Abs(real) < 1L << 53 ? (long)real : throw Wrong("a whole number");
    }

    /// <summary>A number, not finite ones included.</summary>
    public double AsDouble()
    {
        MarkRead();
        return ToDouble(Element) ?? throw Wrong("a number");
    }

    /// <summary>The JSON text of the value; all of it counts as read.</summary>
    public string AsRawText()
    {
        MarkRead();
        return Element.GetRawText();
    }

    /// <summary>Says that nothing has to be compared here, and why: a remark of the reference about itself, a number that is not repeatable.</summary>
    /// <param name="reason">For the person who reads the reader.</param>
    public void Waive(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        MarkRead();
        if (_case is not null) _case.Waived++;
    }

    /// <summary>The path, as failures show it.</summary>
    public override string ToString() => Path;

    internal void MarkRead() => _mark.MarkAll();

    internal GoldenFormatException Wrong(string wanted)
    {
        var text = Element.GetRawText();
        return new GoldenFormatException(Path, $"{wanted} expected, {(text.Length > 80 ? text[..80] + "…" : text)} found");
    }

    internal static double? ToDouble(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString() switch
        {
            "NaN" or "nan" => double.NaN,
            "Infinity" or "inf" or "+inf" => double.PositiveInfinity,
            "-Infinity" or "-inf" => double.NegativeInfinity,
            _ => null,
        },
        JsonValueKind.Object when element.TryGetProperty("__float__", out var inner) => ToDouble(inner),
        _ => null,
    };

    private GoldenValue Child(JsonElement element, string path, ReadMark mark) => new(element, path, mark, File, _case);

    private void Require(JsonValueKind kind, string wanted)
    {
        if (Kind != kind) throw Wrong(wanted);
    }
}
