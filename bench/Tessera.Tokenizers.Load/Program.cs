// The time from here to the first ids of a fresh process, whose only argument is a tokenizer.json or a compact form. Nothing but the tokenizer runs before.
using System.Diagnostics;
using Tessera.Tokenizers;

if (args is not [var file])
{
    Console.Error.WriteLine("The argument is a tokenizer.json or a compact form.");
    return 2;
}

var before = Environment.CpuUsage.TotalTime;
var start = Stopwatch.GetTimestamp();
var tokenizer = Tokenizer.Load(file);
var loaded = Stopwatch.GetElapsedTime(start);
var ids = tokenizer.EncodeToIds("The quick brown fox jumps over the lazy dog.");
var (first, after) = (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime);
using var process = Process.GetCurrentProcess();
Console.WriteLine(
    $"loaded {loaded.TotalMilliseconds:F1} ms, first {ids.Length} ids {first.TotalMilliseconds:F1} ms (processor time {(after - before).TotalMilliseconds:F1} ms); " +
    $"before Main {before.TotalMilliseconds:F0} ms of processor time; process {(DateTime.Now - process.StartTime).TotalMilliseconds:F0} ms, peak {process.PeakWorkingSet64 >> 20} MiB");
return 0;
