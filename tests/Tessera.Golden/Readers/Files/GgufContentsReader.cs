using System.Text.Json;
using Tessera.Models.Files;

namespace Tessera.Golden;

/// <summary>Metadata and tensor table of a GGUF file, as another reader of the format reports them.</summary>
internal sealed class GgufContentsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Find("file") is { Kind: JsonValueKind.String } named
        && named.AsString().EndsWith(".gguf", StringComparison.Ordinal) && @case.Expected.Has("metadata") && @case.Expected.Has("tensors");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        using var file = GgufFile.Open(@case.File.Resolve(@case.Input["file"].AsString()));
        CheckMetadata(file, @case.Expected["metadata"], check);

        var fastestFirst = @case.Expected.Find("shape order")?.AsString().Contains("fastest dimension first", StringComparison.Ordinal) ?? true;
        var fromStart = @case.Expected.Find("offset")?.AsString().Contains("start of the file", StringComparison.Ordinal) ?? true;
        var expected = @case.Expected["tensors"].Items.ToArray();
        check.That(file.Tensors.Count == expected.Length, "expected.tensors", $"{expected.Length} tensors", $"{file.Tensors.Count}");
        var dataStart = file.Tensors.Count == 0 || fromStart ? 0 : file.Tensors.Values.First().Offset;
        foreach (var (info, row) in file.Tensors.Values.Zip(expected))
        {
            check.Equal(row["name"], info.Name);
            var shape = Array.ConvertAll(info.Shape.ToArray(), d => checked((int)d));
            if (fastestFirst) Array.Reverse(shape);
            check.SameIds(row["shape"], shape);
            check.Equal(row["type"], info.Format.ToString());
            check.Equal(row["offset"], info.Offset - dataStart);
            check.Equal(row["bytes"], info.ByteLength);
        }
    }

    private static void CheckMetadata(GgufFile file, GoldenValue expected, GoldenCheck check)
    {
        var properties = expected.Properties.ToArray();
        check.That(file.Metadata.Count == properties.Length, expected.Path, $"{properties.Length} keys", $"{file.Metadata.Count}");
        foreach (var (key, wanted) in properties)
        {
            if (!file.Metadata.TryGet(key, out var value)) check.Fail(wanted.Path, "the key", "no such key");
            else if (wanted.Kind == JsonValueKind.String) check.Equal(wanted, value.ToString());
            else if (wanted.Kind == JsonValueKind.Number) check.Close(wanted, value.AsDouble(), Tolerance.Exact);
            else check.Equal(wanted, value.AsBool());
        }
    }
}
