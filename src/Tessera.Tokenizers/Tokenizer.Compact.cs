using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Files.Compact;

namespace Tessera.Tokenizers;

/// <content>The way to and from files: tokenizer.json, and the compact form that is ready in a few milliseconds.</content>
public sealed partial class Tokenizer
{
    /// <summary>Loads a <c>tokenizer.json</c>, or what <see cref="SaveCompact(string)"/> made of one; the first bytes tell.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configPath">The <c>tokenizer_config.json</c> beside it, which names special tokens; null for none. A compact file remembers the one that it was made with.</param>
    /// <param name="limits">Bounds on what the files may ask for; null for the defaults.</param>
    /// <exception cref="MalformedInputException">A file breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">A file asks for a part that does not exist here.</exception>
    /// <exception cref="ResourceLimitException">A file is larger or deeper than the limits allow.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Tokenizer Load(string path, string? configPath = null, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        limits ??= InputLimits.Default;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Span<byte> start = stackalloc byte[CompactHeader.Magic.Length];
        if (CompactFile.IsOne(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]))
        {
            var parts = CompactReader.Read(stream, path, limits);
            return new Tokenizer(configPath is null ? parts : TokenizerJsonReader.WithConfig(parts, Config(configPath, limits)));
        }

        if (stream.Length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {path}", stream.Length, limits.MaxJsonBytes);
        var json = GC.AllocateUninitializedArray<byte>((int)stream.Length);
        stream.Position = 0;
        stream.ReadExactly(json);
        return TokenizerJsonReader.Read(json, path, configPath is null ? null : Config(configPath, limits), limits);
    }

    /// <summary>
    /// Saves the tokenizer in the compact form (docs/compact-tokenizer.md), which <see cref="Load"/> reads without building anything large.
    /// Every switch is kept. The file is replaced only when everything is written.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnsupportedFeatureException">The tokenizer's parts have no form as JSON, or this machine is big-endian.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveCompact(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var temporary = path + ".partial";
        using (var stream = File.Create(temporary)) CompactWriter.Write(this, stream);
        File.Move(temporary, path, overwrite: true);
    }

    private static TokenizerConfig Config(string path, InputLimits limits) => TokenizerConfig.Parse(ReadAll(path, limits), path, limits);

    private static byte[] ReadAll(string path, InputLimits limits)
    {
        var length = new FileInfo(path).Length;
        if (length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {path}", length, limits.MaxJsonBytes);
        return File.ReadAllBytes(path);
    }
}
