using System.Text.Json;
using Tessera.Generation;
using Tessera.Models;

namespace Tessera.Cli.Output;

/// <summary>Token steps, their statistics and the end of a generation as JSON.</summary>
internal static class TokenJson
{
    /// <summary>One step: <c>"token":{…}</c>.</summary>
    public static void WriteStep(Utf8JsonWriter json, TokenStep step, ITokenText? vocabulary)
    {
        json.WriteStartObject("token");
        json.WriteNumber("id", step.Id);
        json.Bytes("bytes", step.Bytes.Span);
        json.WriteString("text", step.Text);
        json.WriteNumber("position", step.Position);
        if (step.Origin != TokenOrigin.Sampled) json.WriteString("origin", JsonNamingPolicy.CamelCase.ConvertName(step.Origin.ToString()));
        WriteStatistics(json, "raw", step.Raw, step.RawAlternatives, vocabulary);
        WriteStatistics(json, "processed", step.Processed, step.ProcessedAlternatives, vocabulary);
        json.WriteEndObject();
    }

    /// <summary>Statistics of a token under one distribution, with the tokens that were most probable.</summary>
    public static void WriteStatistics(
        Utf8JsonWriter json, string name, TokenStatistics statistics, IEnumerable<TokenAlternative> alternatives, ITokenText? vocabulary)
    {
        json.WriteStartObject(name);
        WriteStatistics(json, statistics, alternatives, vocabulary);
        json.WriteEndObject();
    }

    /// <summary>The properties of <see cref="WriteStatistics(Utf8JsonWriter, string, TokenStatistics, IEnumerable{TokenAlternative}, ITokenText?)"/> alone.</summary>
    public static void WriteStatistics(Utf8JsonWriter json, TokenStatistics statistics, IEnumerable<TokenAlternative> alternatives, ITokenText? vocabulary)
    {
        json.Number("logProbability", statistics.LogProbability);
        json.WriteNumber("rank", statistics.Rank);
        json.Number("entropy", statistics.Entropy);
        json.WriteStartArray("alternatives");
        foreach (var alternative in alternatives)
        {
            json.WriteStartObject();
            json.WriteNumber("id", alternative.Id);
            if (vocabulary is not null) json.Bytes("bytes", vocabulary.Bytes(alternative.Id).Span);
            json.Number("logProbability", alternative.LogProbability);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The end: <c>"done":{…}</c>.</summary>
    public static void WriteDone(Utf8JsonWriter json, Generation.Generation run, Action<Utf8JsonWriter>? more = null)
    {
        json.WriteStartObject("done");
        json.Ids("ids", run.Tokens[run.PromptTokens..]);
        json.WriteString("text", run.Text);
        json.WriteString("stop", StopName(run.Stop));
        json.WriteNumber("promptTokens", run.PromptTokens);
        json.WriteNumber("cachedTokens", run.CachedTokens);
        json.WriteNumber("generatedTokens", run.GeneratedTokens);
        json.Number("prefillSeconds", Math.Round(run.PrefillTime.TotalSeconds, 6));
        json.Number("decodeSeconds", Math.Round(run.DecodeTime.TotalSeconds, 6));
        WriteReport(json, run.Report);
        more?.Invoke(json);
        json.WriteEndObject();
    }

    // How the tokens were found.
    private static void WriteReport(Utf8JsonWriter json, GenerationReport report)
    {
        json.WriteString("strategy", report.Strategy);
        json.WriteNumber("passes", report.Passes);
        json.WriteNumber("rows", report.Rows);
        json.WriteNumber("drafted", report.Drafted);
        json.WriteNumber("accepted", report.Accepted);
        foreach (var (name, value) in report.Counters) json.Number(name, value);
    }

    private static string StopName(StopReason? stop) => stop switch
    {
        StopReason.EndOfText => "endOfText",
        StopReason.StopString => "stopString",
        StopReason.MaxTokens => "maxTokens",
        StopReason.ContextFull => "contextFull",
        _ => "cancelled",
    };
}
