namespace Tessera.Golden;

/// <summary>A whole run: the files, what was demanded and not met, and what nobody opened.</summary>
public sealed class RunResult
{
    /// <summary>Judges the results of a run by the options' demands.</summary>
    public RunResult(GoldenDirectory directory, IReadOnlyList<FileResult> files, RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(options);
        Directory = directory;
        Files = files;
        Missing = [.. Demands(directory, files, options)];
        UnopenedResources = [.. options.Filters.Count == 0 ? directory.UnopenedResources : []];
    }

    /// <summary>The directory.</summary>
    public GoldenDirectory Directory { get; }

    /// <summary>The case files that ran.</summary>
    public IReadOnlyList<FileResult> Files { get; }

    /// <summary>What <c>--require</c> demands and the run did not give, in words.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Files without cases that no reader opened; empty for a filtered run, which says nothing about them.</summary>
    public IReadOnlyList<string> UnopenedResources { get; }

    /// <summary>All cases.</summary>
    public IEnumerable<CaseResult> Cases => Files.SelectMany(static f => f.Cases);

    /// <summary>Whether nothing failed and every demand was met.</summary>
    public bool IsSuccess => Missing.Count == 0 && Files.All(static f => f.Failed == 0 && !f.IsAborted);

    private static IEnumerable<string> Demands(GoldenDirectory directory, IReadOnlyList<FileResult> files, RunOptions options)
    {
        var ran = files.SelectMany(static f => f.Cases).ToDictionary(static c => c.Case);
        var unopened = directory.UnopenedResources.ToHashSet(StringComparer.Ordinal);
        foreach (var glob in options.Required)
        {
            var found = false;
            foreach (var @case in directory.Files.SelectMany(static f => f.Cases).Where(glob.Matches))
            {
                found = true;
                if (!ran.TryGetValue(@case, out var result))
                    yield return $"{@case.Id}: required by \"{glob.Pattern}\", but it did not run";
                else if (result.Outcome == CaseOutcome.NotCovered)
                    yield return $"{@case.Id}: required by \"{glob.Pattern}\", but not covered ({result.Reason ?? "no reader"})";
                else
                    foreach (var path in result.Unread) yield return $"{@case.Id}: required by \"{glob.Pattern}\", but no reader read {path}";
            }

            foreach (var file in directory.Files.Where(f => f.Cases.Count == 0 && glob.MatchesPath(f.RelativePath)))
            {
                found = true;
                yield return $"{file.RelativePath}: required by \"{glob.Pattern}\", but it holds no case";
            }

            if (options.Filters.Count == 0)
            {
                foreach (var resource in directory.Resources.Where(glob.MatchesPath))
                {
                    found = true;
                    if (unopened.Contains(resource)) yield return $"{resource}: required by \"{glob.Pattern}\", but no reader opened it";
                }
            }

            if (!found) yield return $"nothing matches the required \"{glob.Pattern}\"";
        }
    }
}
