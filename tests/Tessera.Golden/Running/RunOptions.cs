namespace Tessera.Golden;

/// <summary>What to run and what to demand of it.</summary>
public sealed record RunOptions
{
    /// <summary>Only files and cases that one of these matches; everything where the list is empty.</summary>
    public IReadOnlyList<Glob> Filters { get; init; } = [];

    /// <summary>Files and cases that have to be covered, with every expected key read.</summary>
    public IReadOnlyList<Glob> Required { get; init; } = [];

    /// <summary>How long a case may take before it fails. Five minutes: the longest case, 2,000 tokens of a real model in both modes, takes 40 seconds on two busy cores.</summary>
    public TimeSpan CaseLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the cases are only listed.</summary>
    public bool ListOnly { get; init; }

    /// <summary>Whether the report is JSON.</summary>
    public bool Json { get; init; }

    /// <summary>Whether help was asked for.</summary>
    public bool Help { get; init; }

    /// <summary>The text that <c>--help</c> prints.</summary>
    public const string Usage = """
        Runs the golden cases: inputs, and what trusted implementations give on them.

          --filter GLOB…    run only the matching files or cases
          --require GLOB…   fail where a matching file or case is not covered, or an expected key was read by no reader
          --list            list files, cases and the readers that cover them; run nothing
          --json            print the report as JSON
          --limit SECONDS   how long a case may take (default 300)

        GLOB: a path below the golden directory, a folder in it, or path::case name; * ? and ** are wild.
        TESSERA_GOLDEN names the golden directory; without it, ../shared/golden beside the repository.
        """;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ArgumentException">An argument is not known or lacks its value.</exception>
    public static RunOptions Parse(IReadOnlyList<string> arguments)
    {
        var (filters, required) = (new List<Glob>(), new List<Glob>());
        var options = new RunOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--filter":
                    TakeGlobs(arguments, ref i, filters);
                    break;
                case "--require":
                    TakeGlobs(arguments, ref i, required);
                    break;
                case "--list":
                    options = options with { ListOnly = true };
                    break;
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--limit":
                    if (++i >= arguments.Count || !int.TryParse(arguments[i], out var seconds) || seconds < 1) throw new ArgumentException("--limit needs a number of seconds, at least 1");
                    options = options with { CaseLimit = TimeSpan.FromSeconds(seconds) };
                    break;
                case "--help" or "-h" or "-?":
                    options = options with { Help = true };
                    break;
                default:
                    throw new ArgumentException($"\"{arguments[i]}\" is not known");
            }
        }

        return options with { Filters = filters, Required = required };
    }

    /// <summary>Whether a case is to be run.</summary>
    public bool Includes(GoldenCase @case) => Filters.Count == 0 || Filters.Any(f => f.Matches(@case));

    /// <summary>Whether a case has to be covered.</summary>
    public bool Requires(GoldenCase @case) => Required.Any(r => r.Matches(@case));

    private static void TakeGlobs(IReadOnlyList<string> arguments, ref int at, List<Glob> into)
    {
        var option = arguments[at];
        var before = into.Count;
        while (at + 1 < arguments.Count && !arguments[at + 1].StartsWith("--", StringComparison.Ordinal)) into.Add(new Glob(arguments[++at]));
        if (into.Count == before) throw new ArgumentException($"{option} needs a pattern");
    }
}
