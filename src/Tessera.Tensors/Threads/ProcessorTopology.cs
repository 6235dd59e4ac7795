namespace Tessera.Tensors.Threads;

/// <summary>How many physical cores the process may use: two hardware threads of one core share its arithmetic and gain a kernel nothing.</summary>
internal static class ProcessorTopology
{
    /// <summary>Physical cores, at most <see cref="Environment.ProcessorCount"/> (which knows affinity and container limits); that number where the system does not tell.</summary>
    public static int PhysicalCores { get; } = Math.Clamp(Count() ?? Environment.ProcessorCount, 1, Math.Min(Environment.ProcessorCount, 1024));

    /// <summary>The processor's name, as far as the system tells it.</summary>
    public static string Name { get; } = FindName();

    private static string FindName()
    {
        const string info = "/proc/cpuinfo";
        var fallback = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
        if (OperatingSystem.IsWindows()) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? fallback;
        if (!File.Exists(info)) return fallback;
        var lines = File.ReadLines(info).TakeWhile(line => line.Length > 0).ToDictionary(line => line.Split(':')[0].Trim(), line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        return lines.TryGetValue("model name", out var name)
            ? $"{name} (family {lines.GetValueOrDefault("cpu family")}, model {lines.GetValueOrDefault("model")}, stepping {lines.GetValueOrDefault("stepping")})"
            : fallback;
    }

    private static int? Count()
    {
        const string folder = "/sys/devices/system/cpu"; // Linux: Documentation/admin-guide/cputopology.rst
        if (!OperatingSystem.IsLinux() || !Directory.Exists(folder)) return null;
        try
        {
            var cores = new HashSet<string>();
            foreach (var cpu in Directory.EnumerateDirectories(folder, "cpu*"))
            {
                var siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
                if (File.Exists(siblings)) cores.Add(File.ReadAllText(siblings));
            }

            return cores.Count > 0 ? cores.Count : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a sandbox without sysfs: the logical count is a safe answer
        }
    }
}
