using System.Text.Json;
using Tessera.Models.Files;

namespace Tessera.Models.Tests.Files;

/// <summary>Metadata and tensor tables of real files, as another reader of the format reports them.</summary>
public class GgufGoldenTests
{
    [Fact]
    public void ContentsAgreeWithTheRecordedOnes()
    {
        var cases = Golden.Json("models-tiny/gguf/golden.json").GetProperty("cases").EnumerateArray()
            .Where(c => c.GetProperty("name").GetString()!.EndsWith(": contents", StringComparison.Ordinal)).ToArray();
        cases.Length.ShouldBe(8);
        foreach (var c in cases) Check(c);
    }

    private static void Check(JsonElement c)
    {
        using var file = GgufFile.Open(Golden.Find("models-tiny/gguf/" + c.GetProperty("input").GetProperty("file").GetString()));
        var expected = c.GetProperty("expected");
        var metadata = expected.GetProperty("metadata").EnumerateObject().ToArray();
        file.Metadata.Keys.ShouldBe(metadata.Select(p => p.Name), ignoreOrder: true);
        foreach (var entry in metadata)
        {
            var value = file.Metadata[entry.Name];
            switch (entry.Value.ValueKind)
            {
                case JsonValueKind.String: value.ToString().ShouldBe(entry.Value.GetString(), entry.Name); break;
                case JsonValueKind.Number: value.AsDouble().ShouldBe(entry.Value.GetDouble(), entry.Name); break;
                default: value.AsBool().ShouldBe(entry.Value.GetBoolean(), entry.Name); break;
            }
        }

        var tensors = expected.GetProperty("tensors").EnumerateArray().ToArray();
        file.Tensors.Keys.ShouldBe(tensors.Select(t => t.GetProperty("name").GetString()!));
        foreach (var t in tensors)
        {
            var info = file.Tensors[t.GetProperty("name").GetString()!];
            info.Shape.ToArray().Reverse().ShouldBe(t.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), info.Name);
            info.Format.ToString().ShouldBe(t.GetProperty("type").GetString(), info.Name);
            info.Offset.ShouldBe(t.GetProperty("offset").GetInt64(), info.Name);
            info.ByteLength.ShouldBe(t.GetProperty("bytes").GetInt64(), info.Name);
        }
    }
}
