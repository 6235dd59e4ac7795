using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Tokenizers;
using Tessera.Tokenizers.Files;

namespace Tessera.Cli.Loading;

/// <summary>
/// Hugging Face's tokenizers in a process of its own: a folder with the npm package <c>tokenizers</c> and a script <c>encode.mjs</c>, which reads
/// one JSON string a line and writes <c>{"ids":[…],"offsets":[[start, end],…]}</c>, offsets in characters.
/// </summary>
internal sealed class PeerTokenizer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string? _copy;
    private readonly Task<string> _errors;

    private PeerTokenizer(Process process, string? copy)
    {
        (_process, _copy) = (process, copy);
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The tokenizer as the user named it.</param>
    /// <param name="tokenizer">The same, loaded: what is no tokenizer.json is written as one.</param>
    public static PeerTokenizer Start(string folder, string path, Tokenizer tokenizer)
    {
        if (!File.Exists(Path.Combine(folder, "encode.mjs"))) throw new UsageException($"{folder} has no encode.mjs; --peer names a folder with that script and the npm package tokenizers.");
        var file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        string? copy = null;
        var isJson = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(file);
        if (!isJson || tokenizer.FileTruncation is not null || tokenizer.FilePadding is not null)
        {
            copy = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
            if (isJson) WriteUncut(file, copy);
            else TokenizerJsonWriter.Write(tokenizer, copy);
        }

        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        (start.StandardInputEncoding, start.StandardOutputEncoding) = (new UTF8Encoding(false), new UTF8Encoding(false));
        foreach (var argument in new[] { "encode.mjs", Path.GetFullPath(copy ?? file), "--special" }) start.ArgumentList.Add(argument);
        try
        {
            return new PeerTokenizer(Process.Start(start)!, copy);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            if (copy is not null) File.Delete(copy);
            throw new UsageException("--peer needs Node.js: there is no program node.");
        }
    }

    /// <summary>Sends a text.</summary>
    public async Task SendAsync(string text, CancellationToken cancellation)
    {
        var line = JsonSerializer.Serialize(text, PeerJson.Default.String);
        await _process.StandardInput.WriteAsync(line.AsMemory(), cancellation).ConfigureAwait(false);
        await _process.StandardInput.WriteAsync("\n".AsMemory(), cancellation).ConfigureAwait(false);
    }

    /// <summary>Says that no text follows.</summary>
    public void EndOfTexts() => _process.StandardInput.Close();

    /// <summary>The next answer.</summary>
    /// <exception cref="IOException">It has ended; the message says what it complained of.</exception>
    public async Task<(List<int> Ids, List<(int Start, int End)> Offsets)> ReceiveAsync(CancellationToken cancellation)
    {
        if (await _process.StandardOutput.ReadLineAsync(cancellation).ConfigureAwait(false) is not { } line)
            throw new IOException($"The peer has ended: {(await _errors.ConfigureAwait(false)).Trim()}");
        return Parse(Encoding.UTF8.GetBytes(line));
    }

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        if (_copy is not null) File.Delete(_copy);
    }

    private static (List<int> Ids, List<(int Start, int End)> Offsets) Parse(ReadOnlySpan<byte> json)
    {
        var (ids, offsets) = (new List<int>(), new List<(int, int)>());
        var reader = new Utf8JsonReader(json);
        var isOffsets = false;
        int? start = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName) isOffsets = reader.ValueTextEquals("offsets");
            if (reader.TokenType != JsonTokenType.Number) continue;
            if (!isOffsets) ids.Add(reader.GetInt32());
            else if (start is { } first)
            {
                offsets.Add((first, reader.GetInt32()));
                start = null;
            }
            else start = reader.GetInt32();
        }

        return (ids, offsets);
    }

    // The library cuts and fills up by what the file says; here the whole text counts.
    private static void WriteUncut(string file, string copy)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(file))!.AsObject();
        (json["truncation"], json["padding"]) = (null, null);
        using var stream = File.Create(copy);
        using var writer = new Utf8JsonWriter(stream);
        json.WriteTo(writer);
    }
}
