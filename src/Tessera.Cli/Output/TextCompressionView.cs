using Tessera.Tokenizers.Compression;

namespace Tessera.Cli.Output;

/// <summary>How compressed texts are told of.</summary>
internal static class TextCompressionView
{
    /// <summary>Writes the result as JSON.</summary>
    public static void WriteJson(CommandConsole console, TextCompressionResult counts, IReadOnlyList<KeyValuePair<string, string>> coder, double seconds) => JsonLine.Write(console.Output, json =>
    {
        json.WriteStartObject("done");
        json.WriteNumber("textBytes", counts.TextBytes);
        json.WriteNumber("containerBytes", counts.ContainerBytes);
        json.Number("bitsPerByte", counts.BitsPerByte);
        json.WriteStartObject("coder");
        foreach (var (name, value) in coder) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteNumber("seconds", Math.Round(seconds, 3));
        json.WriteEndObject();
    });

    /// <summary>Tells at once, on the thread that computes.</summary>
    internal sealed class Steps(Action<double> report) : IProgress<long>
    {
        /// <inheritdoc/>
        public void Report(long value) => report(value);
    }
}
