using System.Diagnostics;

namespace Tessera.Golden;

/// <summary>
/// Runs the cases of a golden directory one after the other, in the order of their paths, so that two runs do the same. Reports; judges
/// nothing itself.
/// </summary>
public sealed class GoldenRunner(IReadOnlyList<IGoldenReader> readers, RunOptions options)
{
    /// <summary>The readers that cover a case. One that looks for a key that is not there does not.</summary>
    public IReadOnlyList<IGoldenReader> ReadersOf(GoldenCase @case)
    {
        ArgumentNullException.ThrowIfNull(@case);
        return [.. readers.Where(r => Covers(r, @case))];
    }

    /// <summary>Runs every case that the options include.</summary>
    /// <param name="directory">Where the cases are.</param>
    /// <param name="after">Told of each file when its cases are done; may be null.</param>
    /// <param name="cancellationToken">Ends the run between cases, and asks the running one to end.</param>
    public RunResult Run(GoldenDirectory directory, Action<FileResult>? after = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var results = new List<FileResult>();
        string? folder = null;
        foreach (var file in directory.Files)
        {
            if (!file.Cases.Any(options.Includes) && file.Cases.Count > 0) continue;
            if (options.Filters.Count > 0 && file.Cases.Count == 0) continue;
            if (folder is not null && folder != file.Folder) directory.ReleaseFolder();
            folder = file.Folder;
            var result = RunFile(file, cancellationToken);
            results.Add(result);
            after?.Invoke(result);
            if (result.IsAborted) break;
        }

        directory.ReleaseFolder();
        return new RunResult(directory, results, options);
    }

    /// <summary>Runs the cases of one file.</summary>
    public FileResult RunFile(GoldenFile file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        var results = new List<CaseResult>();
        var aborted = false;
        foreach (var @case in file.Cases.Where(options.Includes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (aborted)
            {
                results.Add(CaseResult.NotCovered(@case, "a case before it did not end"));
                continue;
            }

            results.Add(RunCase(@case, cancellationToken, out aborted));
        }

        return new FileResult(file, results, aborted);
    }

    private static bool Covers(IGoldenReader reader, GoldenCase @case)
    {
        try
        {
            return reader.Covers(@case.File, @case);
        }
        catch (GoldenFormatException)
        {
            return false; // a case of another form: no "input", no "expected"
        }
    }

    private CaseResult RunCase(GoldenCase @case, CancellationToken cancellationToken, out bool aborted)
    {
        aborted = false;
        var covering = ReadersOf(@case);
        if (covering.Count == 0) return CaseResult.NotCovered(@case, null);

        @case.ResetMarks();
        var check = new GoldenCheck();
        var watch = Stopwatch.StartNew();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CaseLimit);

        // On a thread of its own, so that a case that never ends can be reported instead of stopping the run in silence.
        string? notCovered = null;
        var running = Task.Factory.StartNew(
            () => notCovered = RunReaders(covering, @case, check, limit.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var grace = TimeSpan.FromSeconds(10); // for a case that sees its cancellation
        if (!running.Wait(options.CaseLimit + grace, CancellationToken.None))
        {
            aborted = true;
            return new CaseResult(@case, CaseOutcome.Failed, [TooLong("still running; the run ends here")], 1, [], 0, 0, 0, watch.Elapsed.TotalSeconds, null);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var seconds = watch.Elapsed.TotalSeconds;
        if (notCovered is not null && check.FailureCount == 0) return CaseResult.NotCovered(@case, notCovered, seconds);

        if (watch.Elapsed > options.CaseLimit) check.Fail("time", TooLong("").Expected, $"{seconds:f1} s");
        if (check.Comparisons == 0 && check.FailureCount == 0) check.Fail("", "something to be compared", "the reader compared nothing");
        var outcome = check.FailureCount == 0 ? CaseOutcome.Passed : CaseOutcome.Failed;
        return new CaseResult(@case, outcome, check.Failures, check.FailureCount, @case.Unread(), check.Numbers, @case.Waived, check.LargestShareOfTolerance, seconds, null);
    }

    private static string? RunReaders(IReadOnlyList<IGoldenReader> covering, GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        string? notCovered = null;
        foreach (var reader in covering)
        {
            try
            {
                reader.Run(@case, check, cancellationToken);
            }
            catch (NotCoveredException reason)
            {
                notCovered = reason.Message;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                check.Fail("", "an end within the limit", "cancelled at the limit");
            }
            catch (Exception exception)
            {
                // Whatever a reader or the engine throws is this case's failure; the other cases still run.
                var place = exception.StackTrace?.Split('\n').FirstOrDefault()?.Trim();
                check.Fail("", "no exception", $"{exception.GetType().Name}: {exception.Message} {place}");
            }
        }

        return notCovered;
    }

    private GoldenFailure TooLong(string got) => new("time", $"an end within {options.CaseLimit.TotalSeconds:f0} s", got, Tolerance.Exact.ToString());
}
