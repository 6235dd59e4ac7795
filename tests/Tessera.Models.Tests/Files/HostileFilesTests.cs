using System.Diagnostics;
using System.Text.Json;
using Tessera.Models.Files;

namespace Tessera.Models.Tests.Files;

/// <summary>The recorded hostile files, opened as containers: each ends as its index says. Whole models and configurations are the loader's tests.</summary>
public class HostileFilesTests
{
    [Theory]
    [InlineData("gguf")]
    [InlineData("safetensors")]
    [InlineData("sharded")]
    public void EveryHostileFileEndsAsExpected(string kind)
    {
        var root = Golden.Find("hostile");
        var checkedFiles = 0;
        var wrong = new List<string>();
        foreach (var entry in Golden.Json("hostile/index.json").GetProperty("files").EnumerateArray().Where(e => e.GetProperty("kind").GetString() == kind))
        {
            var file = entry.GetProperty("file").GetString()!;
            var expect = file.StartsWith("gguf/model-", StringComparison.Ordinal) ? "loads" : entry.GetProperty("expect").GetString()!;
            var outcome = Outcome(Path.Combine(root, file));
            if (expect != "either" && !outcome.StartsWith(expect, StringComparison.Ordinal)) wrong.Add($"{file}: expected {expect}, got {outcome}");
            checkedFiles++;
        }

        wrong.ShouldBeEmpty();
        checkedFiles.ShouldBeGreaterThan(4);
    }

    [Fact]
    public void HostileConfigurationsAreReadOrRefusedWithAType()
    {
        var root = Golden.Find("hostile");
        foreach (var entry in Golden.Json("hostile/index.json").GetProperty("files").EnumerateArray().Where(e => e.GetProperty("kind").GetString() == "config"))
        {
            var path = Path.Combine(root, entry.GetProperty("file").GetString()!);
            var error = Record.Exception(() => ConfigReader.Open(path).Dispose());
            if (path.EndsWith("not-json.json", StringComparison.Ordinal)) error.ShouldBeOfType<MalformedInputException>();
            else error.ShouldBeNull(path);
        }
    }

    private static string Outcome(string path)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = "loads";
        try
        {
            using var weights = WeightFiles.Open(path);
            foreach (var name in weights.Tensors.Keys) _ = weights.GetTensor(name).ToArray();
        }
        catch (TesseraException e)
        {
            result = $"error {e.Message}";
            e.Message.ShouldContain(path);
        }

        if (watch.ElapsedMilliseconds > 1000) result = "slow " + result;
        var size = Directory.Exists(path) ? 0 : new FileInfo(path).Length;
        if (GC.GetAllocatedBytesForCurrentThread() - before > 2 * size + (64 << 20)) result = "large " + result;
        return result;
    }
}
