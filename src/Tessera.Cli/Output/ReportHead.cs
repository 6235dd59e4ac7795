using System.Globalization;
using Tessera.Tensors.Kernels;

namespace Tessera.Cli.Output;

/// <summary>What stands at the head of a report of measurements: without it figures say nothing.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Summary">How.</param>
/// <param name="Model">On which model.</param>
/// <param name="Threads">How many threads computed.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ReportHead(string Title, string Summary, string Model, int Threads, double Seconds)
{
    /// <summary>What <see cref="Model"/> is, for people. Default: a model.</summary>
    public string Subject { get; init; } = "Model";

    /// <summary>The processor's name.</summary>
    public string Processor { get; } = MachineProbe.Processor;

    /// <summary>The day.</summary>
    public string Date { get; } = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Names and values, in order.</summary>
    public IEnumerable<(string Name, string Value)> Facts =>
    [
        (Subject, Model), ("Processor", Processor), ("Threads", Threads.ToString(CultureInfo.InvariantCulture)), ("Date", Date),
        ("Time", string.Create(CultureInfo.InvariantCulture, $"{Seconds:F0} s")),
    ];
}
