using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Files;

/// <summary>A value of a JSON file that knows its place, so that every complaint names the file, the place and the reason.</summary>
/// <param name="tree">The file.</param>
/// <param name="row">The value's row; where it is missing that of the object that should hold it.</param>
/// <param name="missing">The key of a missing value; null where there is a value.</param>
internal readonly struct JsonPart(JsonTree tree, int row, string? missing = null)
{
    /// <summary>Where it stands, such as <c>$.model.vocab</c>.</summary>
    public string Path => missing is null ? tree.PathOf(row) : tree.PathOf(row) + "." + missing;

    /// <summary>The file's name.</summary>
    public string File => tree.File;

    /// <summary>Whether there is no such value.</summary>
    public bool IsMissing => missing is not null;

    /// <summary>Whether the value is null or missing.</summary>
    public bool IsNull => First is (byte)'n' or 0;

    /// <summary>Whether the value is a string.</summary>
    public bool IsString => First == '"';

    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => First == '{';

    /// <summary>Whether the value is an array.</summary>
    public bool IsArray => First == '[';

    /// <summary>The value as the file writes it.</summary>
    public string Raw => missing is null ? tree.Raw(row) : "";

    /// <summary>The items of an array.</summary>
    public JsonPart[] Items
    {
        get
        {
            if (!IsArray) throw Wrong($"an array is expected, not {Kind}");
            var (count, end) = (0, tree.Behind(row));
            for (var item = row + 1; item < end; item = tree.Behind(item)) count++;
            var items = new JsonPart[count];
            count = 0;
            for (var item = row + 1; item < end; item = tree.Behind(item)) items[count++] = new JsonPart(tree, item);
            return items;
        }
    }

    /// <summary>The values of an object, in the file's order.</summary>
    public JsonPart[] Values
    {
        get
        {
            var names = Members();
            var values = new JsonPart[names.Length];
            for (var i = 0; i < names.Length; i++) values[i] = new JsonPart(tree, names[i] + 1);
            return values;
        }
    }

    /// <summary>The names of an object's values, in the file's order.</summary>
    public string[] Names
    {
        get
        {
            var members = Members();
            var names = new string[members.Length];
            for (var i = 0; i < names.Length; i++) names[i] = tree.Text(members[i])!;
            return names;
        }
    }

    private byte First => missing is null ? tree.KindOf(row) : (byte)0;

    private string Kind => First switch
    {
        (byte)'{' => "object",
        (byte)'[' => "array",
        (byte)'"' => "string",
        (byte)'t' => "true",
        (byte)'f' => "false",
        (byte)'n' => "null",
        0 => "undefined",
        _ => "number",
    };

    /// <summary>The outermost value of a text.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="file">The file for messages.</param>
    /// <param name="limits">Bounds; null for the defaults.</param>
    /// <param name="root">What messages call the value.</param>
    /// <exception cref="MalformedInputException">It is not JSON.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static JsonPart Parse(byte[] utf8, string file, InputLimits? limits = null, string root = "$") => new(JsonTree.Of(utf8, file, limits ?? InputLimits.Default, root), JsonTree.Root);

    /// <summary>The outermost value of a text that comes from no file.</summary>
    /// <inheritdoc cref="Parse(byte[], string, InputLimits?, string)"/>
    public static JsonPart Parse(string json, string file, string root = "$") => Parse(Encoding.UTF8.GetBytes(json), file, null, root);

    /// <summary>What the items of an array become.</summary>
    /// <param name="read">Reads an item; null where it is none.</param>
    /// <param name="expected">What is complained of then.</param>
    public T[] Each<T>(Func<JsonPart, T?> read, string expected)
        where T : class
    {
        var items = Items;
        var made = new T[items.Length];
        for (var i = 0; i < items.Length; i++) made[i] = read(items[i]) ?? throw items[i].Wrong(expected);
        return made;
    }

    /// <summary>The strings of an array.</summary>
    public string[] Strings()
    {
        var items = Items;
        var strings = new string[items.Length];
        for (var i = 0; i < strings.Length; i++) strings[i] = items[i].AsString();
        return strings;
    }

    /// <summary>The whole numbers of an array.</summary>
    /// <param name="most">The highest that they may be.</param>
    public int[] Counts(int most = int.MaxValue)
    {
        var items = Items;
        var counts = new int[items.Length];
        for (var i = 0; i < counts.Length; i++) counts[i] = items[i].AsCount(most);
        return counts;
    }

    /// <summary>The value under a key, which is ASCII; of several the last. Missing where there is none.</summary>
    public JsonPart Find(string key)
    {
        if (!IsObject) throw Wrong($"an object is expected, not {Kind}");
        var (found, end) = (-1, tree.Behind(row));
        for (var name = row + 1; name < end; name = tree.Behind(name + 1))
        {
            if (tree.IsNamed(name, key)) found = name + 1;
        }

        return found < 0 ? new JsonPart(tree, row, key) : new JsonPart(tree, found);
    }

    /// <summary>The value under a key.</summary>
    public JsonPart Required(string key) => Find(key) is { IsMissing: false } value ? value : throw Wrong($"\"{key}\" is missing");

    /// <summary>A string.</summary>
    public string AsString()
    {
        if (!IsString) throw Wrong($"a string is expected, not {Kind}");
        return tree.Text(row) ?? throw Wrong("a string that is no valid text (a lone surrogate)");
    }

    /// <summary>A truth value.</summary>
    public bool AsBool() => First switch
    {
        (byte)'t' => true,
        (byte)'f' => false,
        _ => throw Wrong($"true or false is expected, not {Kind}"),
    };

    /// <summary>A whole number from 0 up to a bound.</summary>
    public int AsCount(int most = int.MaxValue) =>
        !IsMissing && tree.CursorAt(row).TakeCount(out var value) && value <= most ? (int)value : throw Wrong($"a whole number from 0 to {most} is expected, not {Shown()}");

    /// <summary>A finite number.</summary>
    public double AsNumber() =>
        Kind == "number" && double.TryParse(tree.Bytes(row), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Wrong($"a finite number is expected, not {Shown()}");

    /// <summary>A string under a key, or a default where it is missing or null.</summary>
    public string? String(string key, string? otherwise = null) => Find(key) is { IsNull: false } value ? value.AsString() : otherwise;

    /// <summary>A truth value under a key, or a default where it is missing or null.</summary>
    public bool Bool(string key, bool otherwise) => Find(key) is { IsNull: false } value ? value.AsBool() : otherwise;

    /// <summary>The complaint that something is wrong here.</summary>
    public MalformedInputException Wrong(string reason) => new(File, Path, reason);

    /// <summary>The complaint that something here is not supported.</summary>
    public UnsupportedFeatureException Unsupported(string feature, string? advice = null) => new(File, $"{feature} (at {Path})", advice);

    /// <summary>The rows of the names.</summary>
    private int[] Members()
    {
        if (!IsObject) throw Wrong($"an object is expected, not {Kind}");
        var (count, end) = (0, tree.Behind(row));
        for (var name = row + 1; name < end; name = tree.Behind(name + 1)) count++;
        var names = new int[count];
        count = 0;
        for (var name = row + 1; name < end; name = tree.Behind(name + 1)) names[count++] = name;
        return names;
    }

    private string Shown() => Kind == "number" ? (tree.Bytes(row).Length <= 40 ? Raw : "a very long number") : Kind;
}
