using System.Diagnostics;
using Tessera.Models;

namespace Tessera.Golden;

/// <summary>
/// Hostile models and configurations of an index: loaded, then run over two tokens. A configuration stands beside the weights that its
/// folder's valid one fits, under the name config.json. Each must work or be refused with a type, within a second and with memory in proportion.
/// </summary>
internal sealed class HostileModelReader : IGoldenReader
{
    private const double MostSeconds = 1;
    private const long FreeBytes = 64 << 20;

    public bool Covers(GoldenFile file, GoldenCase @case)
    {
        if (file.Form != GoldenForm.FileIndex || @case.Value["expect"].AsString() is not ("error" or "loads" or "either")) return false;
        var named = @case.Value["file"].AsString();
        return @case.Kind == "config" && file.HasBeside(Path.Combine(Path.GetDirectoryName(named)!, "model.safetensors"))
            || @case.Kind == "gguf" && Path.GetFileName(named).StartsWith("model-", StringComparison.Ordinal);
    }

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var path = @case.File.Resolve(@case.Value["file"].AsString());
        var scratch = @case.Kind == "config" ? Directory.CreateTempSubdirectory("tessera-golden-").FullName : null;
        try
        {
            if (scratch is not null)
            {
                File.Copy(path, Path.Combine(scratch, "config.json"));
                var weights = @case.File.Resolve(Path.Combine(Path.GetDirectoryName(@case.Value["file"].AsString())!, "model.safetensors"));
                File.Copy(weights, Path.Combine(scratch, "model.safetensors"));
            }

            var (refusal, seconds, allocated) = Try(scratch ?? path, cancellationToken);
            if (seconds > MostSeconds) (refusal, seconds, allocated) = Try(scratch ?? path, cancellationToken); // the first time may have compiled the loader
            var expect = @case.Value["expect"].AsString();
            if (expect != "either") check.Equal(@case.Value["expect"], refusal is null ? "loads" : "error");
            check.That(seconds <= MostSeconds, "seconds", $"at most {MostSeconds}", $"{seconds:F2}");
            check.That(allocated <= FreeBytes, "bytes", $"at most {FreeBytes:N0}", $"{allocated:N0}");
            if (expect == "loads" && refusal is not null) check.Fail("expect", "loads", refusal.Message);
        }
        finally
        {
            if (scratch is not null) Directory.Delete(scratch, recursive: true);
        }
    }

    private static (TesseraException? Refusal, double Seconds, long Allocated) Try(string path, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        TesseraException? refusal = null;
        try
        {
            using var model = Model.Load(path);
            if (model is LanguageModel language) _ = DecoderProbe.Logits(language, [new ProbeRows([0, 1])], cancellation: cancellationToken);
        }
        catch (TesseraException e)
        {
            refusal = e;
        }

        return (refusal, watch.Elapsed.TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
