using System.Text.Json;
using Path2 = System.IO.Path; // Path is where a value stands

namespace Tessera.Golden;

/// <content>Whole arrays, tensors and files: taking one marks all of it as read.</content>
public sealed partial class GoldenValue
{
    /// <summary>Whether the value is a reference <c>{"tensor": "key"}</c>.</summary>
    public bool IsTensorReference =>
        Kind == JsonValueKind.Object && Count == 1 && Element.TryGetProperty("tensor", out var key) && key.ValueKind == JsonValueKind.String;

    /// <summary>A list of whole numbers.</summary>
    public int[] AsInts() => All(static v => v.AsInt());

    /// <summary>A list of whole numbers.</summary>
    public long[] AsLongs() => All(static v => v.AsLong());

    /// <summary>A list of numbers.</summary>
    public double[] AsDoubles() => All(static v => v.AsDouble());

    /// <summary>A list of numbers, rounded to single precision.</summary>
    public float[] AsFloats() => All(static v => (float)v.AsDouble());

    /// <summary>A list of truth values.</summary>
    public bool[] AsBools() => All(static v => v.AsBool());

    /// <summary>A list of strings; null entries stay null.</summary>
    public string?[] AsStrings() => All(static v => v.IsNull ? null : v.AsString());

    /// <summary>A list of lists of whole numbers, of any lengths.</summary>
    public int[][] AsIntRows() => All(static v => v.AsInts());

    /// <summary>A list of lists of numbers, of any lengths.</summary>
    public double[][] AsDoubleRows() => All(static v => v.AsDoubles());

    /// <summary>
    /// A tensor: a reference <c>{"tensor": "key"}</c> or a string that names one in the tensor file of the case, a number, or nested
    /// lists of equal lengths.
    /// </summary>
    public GoldenTensor AsTensor()
    {
        MarkRead();
        if (IsTensorReference) return Tensors[Element.GetProperty("tensor").GetString()!];
        if (Kind == JsonValueKind.String && ToDouble(Element) is null) return Tensors[Element.GetString()!];

        var shape = new List<int>();
        for (var level = Element; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
            if (shape[^1] == 0) break;
        }

        var values = new List<double>();
        Flatten(Element, 0, shape, values);
        return GoldenTensor.FromNumbers(Path, shape, values);
    }

    /// <summary>The full path of the file that the string names, beside this file or in a folder above it; the file counts as opened.</summary>
    /// <exception cref="GoldenFormatException">No such file.</exception>
    /// <exception cref="NotCoveredException">The name leads to the real models or corpora, and they are not on this machine.</exception>
    public string AsFilePath() => File.Resolve(AsString());

    /// <summary>
    /// The safetensors file that the string's first word names; where the string stands under <c>expected</c>, every tensor in it has to be read.
    /// </summary>
    /// <param name="folder">The folder that it stands in; null to look for it as <see cref="AsFilePath"/> does.</param>
    public GoldenTensors AsTensorFile(string? folder = null)
    {
        var name = AsString().Split(' ')[0];
        var path = folder is null ? File.Resolve(name) : Path2.Combine(folder, name);
        File.Directory.MarkOpened(path);
        var tensors = GoldenTensors.Open(path);
        _mark.Attach(tensors);
        return tensors;
    }

    private GoldenTensors Tensors => _case?.Tensors ?? throw new GoldenFormatException(Path, "a tensor reference outside a case");

    private T[] All<T>(Func<GoldenValue, T> read)
    {
        Require(JsonValueKind.Array, "an array");
        MarkRead();
        var result = new T[Count];
        var index = 0;
        var unseen = new ReadMark(); // the whole array is marked: no mark per element
        foreach (var item in Element.EnumerateArray())
        {
            result[index] = read(Child(item, $"{Path}[{index}]", unseen));
            index++;
        }

        return result;
    }

    private void Flatten(JsonElement element, int depth, List<int> shape, List<double> into)
    {
        if (depth == shape.Count)
        {
            into.Add(ToDouble(element) ?? throw Wrong("nested lists of numbers"));
            return;
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != shape[depth]) throw Wrong("nested lists of equal lengths");
        foreach (var item in element.EnumerateArray()) Flatten(item, depth + 1, shape, into);
    }
}
