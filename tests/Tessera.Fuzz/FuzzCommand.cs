using System.Diagnostics;
using System.Globalization;

namespace Tessera.Fuzz;

/// <summary>The command line: which kind, how many inputs, from which seed.</summary>
internal static class FuzzCommand
{
    private const double DeepShareWanted = 0.3; // below this, the inputs test the door and not the house

    /// <summary>0: nothing found. 1: findings, or too few inputs came far enough. 2: wrong call. 3: an input hangs.</summary>
    public static int Run(string[] args, TextWriter output)
    {
        var kind = FuzzKinds.All.FirstOrDefault(k => args.Length > 0 && k.Name == args[0]);
        uint first = 0, count = 100_000;
        var seed = 1UL;
        var folder = Path.Combine(Path.GetTempPath(), "tessera-fuzz");
        var right = kind is not null && args.Length % 2 == 1;
        for (var i = 1; right && i + 1 < args.Length; i += 2)
        {
            right = args[i] switch
            {
                "--count" => uint.TryParse(args[i + 1], CultureInfo.InvariantCulture, out count) && count > 0,
                "--first" => uint.TryParse(args[i + 1], CultureInfo.InvariantCulture, out first),
                "--seed" => ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed),
                "--findings" => (folder = args[i + 1]).Length > 0,
                _ => false,
            };
        }

        return right ? Run(kind!, seed, first, count, folder, output) : Usage(output);
    }

    private static int Run(IFuzzKind kind, ulong seed, uint first, uint count, string folder, TextWriter output)
    {
        var run = new FuzzRun(kind, seed, folder);
        output.WriteLine($"{kind.Name}: {kind.Description}. Seed {seed}, inputs {first:N0} to {(ulong)first + count - 1:N0}.");
        output.WriteLine($"Should the process die: the number of the input is in {run.CurrentPath} (a 64-bit integer).");
        var watch = Stopwatch.StartNew();
        run.Run(first, count);
        run.Report.Print(output, watch.Elapsed.TotalSeconds);
        var deep = run.Report.DeepShare >= DeepShareWanted || count < 1000;
        if (!deep) output.WriteLine($"Only {run.Report.DeepShare:P1} of the inputs came to the table; {DeepShareWanted:P0} are wanted.");
        return run.Report.Findings == 0 && deep ? 0 : 1;
    }

    private static int Usage(TextWriter output)
    {
        output.WriteLine("tessera-fuzz KIND [--count N] [--seed S] [--first N] [--findings FOLDER]");
        foreach (var kind in FuzzKinds.All) output.WriteLine($"  {kind.Name,-12} {kind.Description}");
        return 2;
    }
}
