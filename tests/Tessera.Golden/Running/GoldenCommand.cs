namespace Tessera.Golden;

/// <summary>The command line: finds the directory, runs or lists, reports, and says by its exit status whether all is well.</summary>
public static class GoldenCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>0 where nothing failed; 1 where something failed or a demand was not met; 2 for a wrong command line.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, Func<string?>? locate = null, IReadOnlyList<IGoldenReader>? readers = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        RunOptions options;
        try
        {
            options = RunOptions.Parse(arguments);
        }
        catch (ArgumentException wrong)
        {
            errors.WriteLine(wrong.Message);
            errors.WriteLine(RunOptions.Usage);
            return 2;
        }

        if (options.Help)
        {
            output.WriteLine(RunOptions.Usage);
            return 0;
        }

        if ((locate ?? GoldenDirectory.Locate)() is not { } root)
        {
            var named = Environment.GetEnvironmentVariable(GoldenDirectory.Variable);
            output.WriteLine($"skipped: there is no golden directory ({(string.IsNullOrEmpty(named) ? "../shared/golden beside the repository" : named)}); {GoldenDirectory.Variable} names another");
            return options.Required.Count > 0 ? 1 : 0;
        }

        using var directory = GoldenDirectory.Open(root);
        var runner = new GoldenRunner(readers ?? Readers.All, options);
        if (options.ListOnly)
        {
            TextReport.WriteList(directory, runner, options, output);
            return 0;
        }

        var result = runner.Run(directory);
        if (options.Json)
        {
            using var buffer = new MemoryStream();
            JsonReport.Write(result, buffer);
            output.Write(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
        }
        else
        {
            output.WriteLine($"golden directory: {directory.Root}");
            output.WriteLine();
            TextReport.Write(result, output);
        }

        return result.IsSuccess ? 0 : 1;
    }
}
