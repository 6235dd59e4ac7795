using System.Globalization;
using System.Text.Json;

namespace Tessera.Models.Files;

public sealed partial class ConfigReader
{
    /// <summary>An integer that must be there.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="min">Smallest value that makes sense.</param>
    /// <param name="max">Largest value that makes sense.</param>
    /// <exception cref="MalformedInputException">It is missing, no integer, or out of range.</exception>
    public int Int(string name, int min, int max) => ToInt(Need(name), PathOf(name), min, max);

    /// <summary>An integer, or <paramref name="absent"/> (which is not range-checked) if it is not there.</summary>
    /// <exception cref="MalformedInputException">It is no integer, or out of range.</exception>
    public int Int(string name, int absent, int min, int max) => Find(name, out var value) ? ToInt(value, PathOf(name), min, max) : absent;

    /// <summary>A number that must be there, rounded to 32 bits.</summary>
    /// <exception cref="MalformedInputException">It is missing, no number, or out of range.</exception>
    public float Float(string name, float min, float max) => (float)ToDouble(Need(name), PathOf(name), min, max);

    /// <summary>A number rounded to 32 bits, or <paramref name="absent"/> if it is not there.</summary>
    /// <exception cref="MalformedInputException">It is no number, or out of range.</exception>
    public float Float(string name, float absent, float min, float max) => Find(name, out var value) ? (float)ToDouble(value, PathOf(name), min, max) : absent;

    /// <summary>A number that must be there; it may be infinite.</summary>
    /// <exception cref="MalformedInputException">It is missing, no number, or NaN.</exception>
    public double Double(string name) => ToDouble(Need(name), PathOf(name));

    /// <summary>A number, or <paramref name="absent"/> if it is not there; it may be infinite.</summary>
    /// <exception cref="MalformedInputException">It is no number, or NaN.</exception>
    public double Double(string name, double absent) => Find(name, out var value) ? ToDouble(value, PathOf(name)) : absent;

    /// <summary>A truth value that must be there.</summary>
    /// <exception cref="MalformedInputException">It is missing or no truth value.</exception>
    public bool Bool(string name) => ToBool(Need(name), PathOf(name));

    /// <summary>A truth value, or <paramref name="absent"/> if it is not there.</summary>
    /// <exception cref="MalformedInputException">It is no truth value.</exception>
    public bool Bool(string name, bool absent) => Find(name, out var value) ? ToBool(value, PathOf(name)) : absent;

    /// <summary>A text that must be there.</summary>
    /// <exception cref="MalformedInputException">It is missing or no text.</exception>
    public string String(string name) => ToText(Need(name), PathOf(name));

    /// <summary>A text, or <paramref name="absent"/> if it is not there.</summary>
    /// <exception cref="MalformedInputException">It is no text.</exception>
    public string String(string name, string absent) => Find(name, out var value) ? ToText(value, PathOf(name)) : absent;

    /// <summary>A list of integers, or null if it is not there. A single integer counts as a list of one (<c>eos_token_id</c> is written both ways).</summary>
    /// <param name="name">The setting.</param>
    /// <param name="length">How many there must be; null for any number.</param>
    /// <param name="min">Smallest value that makes sense.</param>
    /// <param name="max">Largest value that makes sense.</param>
    /// <exception cref="MalformedInputException">It is no list of integers, of another length, or one is out of range.</exception>
    public IReadOnlyList<int>? IntList(string name, int? length = null, int min = int.MinValue, int max = int.MaxValue) =>
        KindOf(name) == JsonValueKind.Number && (length ?? 1) == 1
            ? [Int(name, min, max)]
            : List(name, length, (element, path) => ToInt(element, path, min, max));

    /// <summary>A list of numbers, or null if it is not there.</summary>
    /// <inheritdoc cref="IntList"/>
    public IReadOnlyList<double>? DoubleList(string name, int? length = null) => List(name, length, (element, path) => ToDouble(element, path));

    /// <summary>A list of truth values, or null if it is not there.</summary>
    /// <inheritdoc cref="IntList"/>
    public IReadOnlyList<bool>? BoolList(string name, int? length = null) => List(name, length, ToBool);

    /// <summary>A list of texts, or null if it is not there.</summary>
    /// <inheritdoc cref="IntList"/>
    public IReadOnlyList<string>? StringList(string name, int? length = null) => List(name, length, ToText);

    private T[]? List<T>(string name, int? length, Func<JsonElement, string, T> convert)
    {
        if (!Find(name, out var list)) return null;
        var path = PathOf(name);
        if (list.ValueKind != JsonValueKind.Array) throw Wrong(list, path, "a list");
        var count = list.GetArrayLength();
        if (length is { } wanted && count != wanted) throw new MalformedInputException(File, path, $"a list of {wanted} is needed, the file has {count}");
        var values = new T[count];
        var i = 0;
        foreach (var element in list.EnumerateArray())
        {
            values[i] = convert(element, $"{path}[{i}]");
            i++;
        }

        return values;
    }

    // Python writes an integer that went through a float as 4096.0; the value counts, not the spelling.
    private int ToInt(JsonElement value, string path, int min, int max)
    {
        if (value.ValueKind != JsonValueKind.Number) throw Wrong(value, path, "an integer");
        if (!value.TryGetInt64(out var number))
        {
            if (!value.TryGetDouble(out var d) || d != Math.Truncate(d)) throw Wrong(value, path, "an integer");
            if (d < min || d > max) throw OutOfRange(value, path, min, max);
            number = (long)d;
        }

        return number >= min && number <= max ? (int)number : throw OutOfRange(value, path, min, max);
    }

    private double ToDouble(JsonElement value, string path, double min = double.NegativeInfinity, double max = double.PositiveInfinity)
    {
        var spelled = value;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("__float__", out var inner) && value.GetPropertyCount() == 1) spelled = inner;
        double number;
        if (spelled.ValueKind == JsonValueKind.String)
        {
            number = spelled.GetString() switch
            {
                "Infinity" or "inf" => double.PositiveInfinity,
                "-Infinity" or "-inf" => double.NegativeInfinity,
                "NaN" or "nan" => throw new MalformedInputException(File, path, "NaN is no setting"),
                _ => throw Wrong(spelled, path, "a number"),
            };
        }
        else if (spelled.ValueKind != JsonValueKind.Number || !spelled.TryGetDouble(out number))
        {
            throw Wrong(value, path, "a number");
        }

        return number >= min && number <= max ? number : throw OutOfRange(spelled, path, min, max);
    }

    private bool ToBool(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(value, path, "a truth value"),
    };

    private string ToText(JsonElement value, string path) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(value, path, "a string");

    private MalformedInputException Wrong(JsonElement value, string path, string wanted) => new(File, path, $"{wanted} is needed, the file has {Describe(value)}");

    private MalformedInputException OutOfRange(JsonElement value, string path, double min, double max) =>
        new(File, path, string.Create(CultureInfo.InvariantCulture, $"{Shorten(value.GetRawText())} is outside {min} … {max}"));
}
