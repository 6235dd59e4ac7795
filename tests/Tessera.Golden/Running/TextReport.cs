using System.Globalization;

namespace Tessera.Golden;

/// <summary>The report for people: failures, what is not covered or not read, then a table with a row per file and the totals.</summary>
public static class TextReport
{
    // More paths than this of one case tell nothing new.
    private const int MostPaths = 12;

    /// <summary>Writes the whole report.</summary>
    public static void Write(RunResult result, TextWriter to)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(to);
        foreach (var file in result.Files) WriteFailures(file, to);
        WriteNotCovered(result, to);
        WriteUnread(result, to);
        foreach (var missing in result.Missing) to.WriteLine($"MISSING {missing}");
        if (result.Missing.Count > 0) to.WriteLine();
        WriteTable(result, to);
    }

    /// <summary>Writes each failure of a file: case, path, expected, got, tolerance.</summary>
    public static void WriteFailures(FileResult file, TextWriter to)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(to);
        foreach (var result in file.Cases.Where(static c => c.Outcome == CaseOutcome.Failed))
        {
            foreach (var failure in result.Failures)
            {
                to.WriteLine($"FAILED {result.Case.Id}");
                to.WriteLine($"    at        {(failure.Path.Length == 0 ? "(the case)" : failure.Path)}");
                to.WriteLine($"    expected  {failure.Expected}");
                to.WriteLine($"    got       {failure.Got}");
                to.WriteLine($"    tolerance {failure.Tolerance}");
            }

            if (result.FailureCount > result.Failures.Count) to.WriteLine($"    and {result.FailureCount - result.Failures.Count:N0} more in this case");
            to.WriteLine();
        }
    }

    /// <summary>Lists the files, cases and covering readers without running anything.</summary>
    public static void WriteList(GoldenDirectory directory, GoldenRunner runner, RunOptions options, TextWriter to)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(to);
        foreach (var file in directory.Files)
        {
            var cases = file.Cases.Where(options.Includes).ToList();
            if (cases.Count == 0) continue;
            to.WriteLine($"{file.RelativePath}  ({file.Form}, method {file.Method ?? "–"}, {cases.Count} cases)");
            foreach (var @case in cases)
            {
                var readers = runner.ReadersOf(@case);
                to.WriteLine($"    {@case.Name}{(@case.Kind is null ? "" : $"  [{@case.Kind}]")}  {(readers.Count == 0 ? "not covered" : string.Join(", ", readers.Select(static r => r.Name)))}");
            }
        }

        if (options.Filters.Count > 0) return;
        to.WriteLine($"{directory.Resources.Count} other files");
        foreach (var resource in directory.Resources) to.WriteLine($"    {resource}");
    }

    private static void WriteNotCovered(RunResult result, TextWriter to)
    {
        var any = false;
        foreach (var file in result.Files.Where(static f => f.NotCovered > 0))
        {
            foreach (var group in file.Cases.Where(static c => c.Outcome == CaseOutcome.NotCovered).GroupBy(static c => (c.Case.Kind, c.Reason)))
            {
                any = true;
                var names = group.Select(static c => c.Case.Name).ToList();
                var shown = names.Count <= 4 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more";
                to.WriteLine($"not covered: {file.File.RelativePath}{(group.Key.Kind is null ? "" : $" [{group.Key.Kind}]")}: {shown}{(group.Key.Reason is null ? "" : $" ({group.Key.Reason})")}");
            }
        }

        if (result.UnopenedResources.Count > 0)
        {
            any = true;
            to.WriteLine($"opened by no reader: {result.UnopenedResources.Count} of {result.Directory.Resources.Count} other files");
            foreach (var folder in result.UnopenedResources.GroupBy(static r => Path.GetDirectoryName(r)!.Replace('\\', '/')))
                to.WriteLine($"    {folder.Key}/: {string.Join(", ", folder.Select(Path.GetFileName).Take(8))}{(folder.Count() > 8 ? $" and {folder.Count() - 8} more" : "")}");
        }

        if (any) to.WriteLine();
    }

    private static void WriteUnread(RunResult result, TextWriter to)
    {
        foreach (var unread in result.Cases.Where(static c => c.Unread.Count > 0))
        {
            var more = unread.Unread.Count > MostPaths ? $" and {unread.Unread.Count - MostPaths} more" : "";
            to.WriteLine($"not read: {unread.Case.Id}: {string.Join(", ", unread.Unread.Take(MostPaths))}{more}");
        }
    }

    private static void WriteTable(RunResult result, TextWriter to)
    {
        var rows = new List<string[]> { new[] { "file", "cases", "passed", "failed", "not covered", "numbers compared", "seconds" } };
        rows.AddRange(result.Files.Select(static f => Row(f.File.RelativePath, f.Cases.Count, f.Passed, f.Failed, f.NotCovered, f.Numbers, f.Seconds)));
        var files = result.Files;
        rows.Add(Row(
            $"total ({files.Count} files)",
            files.Sum(static f => f.Cases.Count),
            files.Sum(static f => f.Passed),
            files.Sum(static f => f.Failed),
            files.Sum(static f => f.NotCovered),
            files.Sum(static f => f.Numbers),
            files.Sum(static f => f.Seconds)));

        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        for (var i = 0; i < rows.Count; i++)
        {
            if (i == 1 || i == rows.Count - 1) to.WriteLine(string.Join("  ", widths.Select(static w => new string('-', w))));
            to.WriteLine(string.Join("  ", rows[i].Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        }

        var notRead = result.Cases.Sum(static c => c.Unread.Count);
        var waived = result.Cases.Sum(static c => c.Waived);
        to.WriteLine($"expected values that no reader read: {notRead}; declared not comparable: {waived}; demands not met: {result.Missing.Count}");
    }

    private static string[] Row(string name, int cases, int passed, int failed, int notCovered, long numbers, double seconds) =>
    [
        name, Text(cases), Text(passed), Text(failed), Text(notCovered), Text(numbers), seconds.ToString("f2", CultureInfo.InvariantCulture),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
