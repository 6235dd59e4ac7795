using System.Diagnostics;

namespace Tessera.Tokenizers.Measure;

/// <summary>The time from the first line of Main to the first ids of a fresh process. Nothing but the tokenizer runs before.</summary>
internal static class LoadMeasure
{
    /// <summary>Prints one line.</summary>
    public static int Run(string file)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var tokenizer = Tokenizer.Load(file);
        var loaded = Stopwatch.GetElapsedTime(start);
        var ids = tokenizer.EncodeToIds("The quick brown fox jumps over the lazy dog.");
        var (first, after) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"loaded {loaded.TotalMilliseconds:F1} ms, first {ids.Length} ids {first.TotalMilliseconds:F1} ms (processor time {(after - before).TotalMilliseconds:F1} ms); " +
            $"before Main {before.TotalMilliseconds:F0} ms of processor time; process {(DateTime.Now - process.StartTime).TotalMilliseconds:F0} ms, peak {process.PeakWorkingSet64 >> 20} MiB");
        return 0;
    }
}
