using System.Text;
using System.Text.Json;

namespace Tessera.Golden;

/// <summary>The report for programs.</summary>
public static class JsonReport
{
    /// <summary>Writes a run.</summary>
    public static void Write(RunResult result, Stream to)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("directory", result.Directory.Root);
        json.WriteBoolean("success", result.IsSuccess);
        json.WriteStartObject("totals");
        json.WriteNumber("files", result.Files.Count);
        json.WriteNumber("cases", result.Files.Sum(static f => f.Cases.Count));
        json.WriteNumber("passed", result.Files.Sum(static f => f.Passed));
        json.WriteNumber("failed", result.Files.Sum(static f => f.Failed));
        json.WriteNumber("not_covered", result.Files.Sum(static f => f.NotCovered));
        json.WriteNumber("numbers_compared", result.Files.Sum(static f => f.Numbers));
        json.WriteNumber("seconds", Math.Round(result.Files.Sum(static f => f.Seconds), 3));
        json.WriteEndObject();
        json.WriteStartArray("files");
        foreach (var file in result.Files) WriteFile(json, file);
        json.WriteEndArray();
        WriteStrings(json, "missing", result.Missing);
        WriteStrings(json, "unopened_files", result.UnopenedResources);
        json.WriteEndObject();
        json.Flush();
        to.Write(Encoding.UTF8.GetBytes(Environment.NewLine));
    }

    private static void WriteFile(Utf8JsonWriter json, FileResult file)
    {
        json.WriteStartObject();
        json.WriteString("file", file.File.RelativePath);
        json.WriteString("method", file.File.Method);
        json.WriteNumber("passed", file.Passed);
        json.WriteNumber("failed", file.Failed);
        json.WriteNumber("not_covered", file.NotCovered);
        json.WriteNumber("numbers_compared", file.Numbers);
        json.WriteNumber("seconds", Math.Round(file.Seconds, 3));
        json.WriteStartArray("cases");
        foreach (var result in file.Cases)
        {
            json.WriteStartObject();
            json.WriteString("name", result.Case.Name);
            json.WriteString("kind", result.Case.Kind);
            json.WriteString("outcome", result.Outcome switch { CaseOutcome.Passed => "passed", CaseOutcome.Failed => "failed", _ => "not covered" });
            json.WriteString("reason", result.Reason);
            json.WriteNumber("numbers_compared", result.Numbers);
            json.WriteNumber("share_of_tolerance", Finite(result.ShareOfTolerance));
            json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
            json.WriteStartArray("failures");
            foreach (var failure in result.Failures)
            {
                json.WriteStartObject();
                json.WriteString("path", failure.Path);
                json.WriteString("expected", failure.Expected);
                json.WriteString("got", failure.Got);
                json.WriteString("tolerance", failure.Tolerance);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteStrings(json, "unread", result.Unread);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> strings)
    {
        json.WriteStartArray(name);
        foreach (var text in strings) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : double.MaxValue;
}
