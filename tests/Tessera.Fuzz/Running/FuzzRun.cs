using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Tessera.Fuzz;

/// <summary>
/// Runs inputs of one kind and judges each: typed refusal or success, within a second, with memory in proportion. The number of the input in
/// work is kept in a mapped file, so that it is known even when the process dies.
/// </summary>
internal sealed class FuzzRun(IFuzzKind kind, ulong seed, string folder)
{
    private const double MostSeconds = 1;
    private const double HangSeconds = 20; // the watchdog's patience: then the process ends
    private const long FreeBytes = 64 << 20;

    private readonly GuardedMemory _memory = new();
    private long _startedAt; // 0: nothing is running
    private uint _current;

    public FuzzReport Report { get; } = new();

    public string CurrentPath => Path.Combine(folder, $"fuzz-{kind.Name}-current");

    /// <summary>Runs the inputs [first, first + count).</summary>
    public void Run(uint first, uint count)
    {
        Directory.CreateDirectory(folder);
        using var current = MemoryMappedFile.CreateFromFile(CurrentPath, FileMode.Create, null, sizeof(long));
        using var view = current.CreateViewAccessor();
        using var watchdog = new Timer(_ => EndIfHanging(), null, 1000, 1000);
        for (var i = 0u; i < count; i++)
        {
            view.Write(0, (long)(first + i));
            One(first + i);
        }
    }

    private void One(uint number)
    {
        var bytes = kind.Make(new FuzzDice(seed, number));
        var input = _memory.Place(bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        _current = number;
        Volatile.Write(ref _startedAt, started);
        try
        {
            kind.Use(input);
            Report.Loaded();
        }
        catch (TesseraException refusal)
        {
            Report.Refused(kind.StageOf(refusal), refusal);
        }
#pragma warning disable CA1031 // whatever escapes is what is looked for
        catch (Exception e)
#pragma warning restore CA1031
        {
            Found(number, bytes, e.ToString());
        }

        Volatile.Write(ref _startedAt, 0);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Report.Add(bytes.Length, seconds, allocated);
        if (seconds > MostSeconds) Found(number, bytes, $"took {seconds:F1} s");
        if (allocated > 2L * bytes.Length + FreeBytes) Found(number, bytes, $"allocated {allocated:N0} bytes for {bytes.Length:N0}");
    }

    private void Found(uint number, byte[] bytes, string what)
    {
        var path = Path.Combine(folder, $"fuzz-{kind.Name}-{seed}-{number}.bin");
        if (Report.Findings < 100) File.WriteAllBytes(path, bytes);
        Report.Found($"input {number} ({path}): {what}");
    }

    private void EndIfHanging()
    {
        var started = Volatile.Read(ref _startedAt);
        if (started == 0 || Stopwatch.GetElapsedTime(started).TotalSeconds < HangSeconds) return;
        Console.Error.WriteLine($"input {_current} of seed {seed} hangs; repeat it with --seed {seed} --first {_current} --count 1");
        Environment.Exit(3);
    }
}
