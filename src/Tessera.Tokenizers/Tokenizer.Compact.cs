using Microsoft.Win32.SafeHandles;
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
        var memory = FileMemory.Map(path);
        if (CompactFile.IsOne(memory)) return OfCompact(memory, path, configPath, limits);
        memory.Dispose();
        return TokenizerJsonReader.Read(ReadAll(path, limits), path, configPath is null ? null : Config(configPath, limits), limits);
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

    private static Tokenizer OfCompact(FileMemory memory, string path, string? configPath, InputLimits limits)
    {
        try
        {
            var parts = CompactReader.Read(memory, path, limits);
            return new Tokenizer(configPath is null ? parts : TokenizerJsonReader.WithConfig(parts, Config(configPath, limits)));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private static TokenizerConfig Config(string path, InputLimits limits) => TokenizerConfig.Parse(ReadAll(path, limits), path, limits);

    private static byte[] ReadAll(string path, InputLimits limits)
    {
        using var file = File.OpenHandle(path);
        return ReadAll(file, RandomAccess.GetLength(file), path, limits);
    }

    private static byte[] ReadAll(SafeFileHandle file, long length, string path, InputLimits limits)
    {
        if (length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {path}", length, limits.MaxJsonBytes);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        for (var read = 0; read < bytes.Length;)
        {
            var some = RandomAccess.Read(file, new Span<byte>(bytes, read, bytes.Length - read), read);
            if (some == 0) throw new EndOfStreamException($"{path} got shorter while it was read.");
            read += some;
        }

        return bytes;
    }
}
