using System.Diagnostics;
using Tessera.Models.Files;

namespace Tessera.Golden;

/// <summary>
/// Hostile containers of an index: each is opened and all its tensors are read; it must load or be refused with a type, within a second and
/// with memory in proportion. Files <c>model-*</c> are wrong as models, not as containers: another reader's.
/// </summary>
internal sealed class HostileContainerReader : IGoldenReader
{
    private const double MostSeconds = 1;
    private const long FreeBytes = 64 << 20;

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Form == GoldenForm.FileIndex && @case.Kind is "gguf" or "safetensors" or "sharded"
        && @case.Value["expect"].AsString() is "error" or "loads" or "either"
        && !Path.GetFileName(@case.Value["file"].AsString()).StartsWith("model-", StringComparison.Ordinal);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var path = @case.File.Resolve(@case.Value["file"].AsString());
        if (Directory.Exists(path))
        {
            foreach (var file in Directory.GetFiles(path)) @case.File.Resolve(Path.GetRelativePath(@case.File.Folder, file)); // counts as opened
        }

        var (refusal, seconds, allocated) = Open(path);
        if (seconds > MostSeconds) (refusal, seconds, allocated) = Open(path); // once more: the first time may have compiled the reader
        var outcome = refusal is null ? "loads" : "error";
        var expect = @case.Value["expect"].AsString();
        if (expect != "either") check.Equal(@case.Value["expect"], outcome);
        check.That(seconds <= MostSeconds, "seconds", $"at most {MostSeconds}", $"{seconds:F2}");
        var size = Directory.Exists(path) ? new DirectoryInfo(path).GetFiles().Sum(f => f.Length) : new FileInfo(path).Length;
        check.That(allocated <= 2 * size + FreeBytes, "bytes", $"at most 2 × {size:N0} + {FreeBytes:N0}", $"{allocated:N0}");
        if (refusal is MalformedInputException malformed)
        {
            check.That(malformed.File.StartsWith(path, StringComparison.Ordinal), "refusal", $"names {path}", malformed.File);
            check.That(malformed.Place.Length > 0 && malformed.Reason.Length > 0, "refusal", "a place and a reason", malformed.Message);
        }
    }

    private static (TesseraException? Refusal, double Seconds, long Allocated) Open(string path)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        TesseraException? refusal = null;
        try
        {
            using var weights = WeightFiles.Open(path);
            foreach (var name in weights.Tensors.Keys) _ = weights.GetTensor(name).ToArray();
        }
        catch (TesseraException e)
        {
            refusal = e;
        }

        return (refusal, watch.Elapsed.TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
