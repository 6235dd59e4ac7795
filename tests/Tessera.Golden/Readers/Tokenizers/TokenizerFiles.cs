using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>What the tokenizers' readers share: loaded tokenizers, corpora, hashes.</summary>
internal static class TokenizerFiles
{
    /// <summary>The tokenizer that a file names beside its cases, by file or by the name of a real model; null where it names none.</summary>
    public static Tokenizer? Of(GoldenFile file)
    {
        if (file.Root.Find("tokenizer") is { Kind: JsonValueKind.String } named) return Load(file, named.AsFilePath());
        return file.Root.Find("model") is { Kind: JsonValueKind.String } model ? Load(file, Path.Combine(file.Directory.RealModel(model.AsString()), "tokenizer.json")) : null;
    }

    /// <summary>Whether a file names a tokenizer beside its cases.</summary>
    public static bool IsNamedIn(GoldenFile file) => file.Root.Find("tokenizer") is { Kind: JsonValueKind.String } || file.Root.Find("model") is { Kind: JsonValueKind.String };

    /// <summary>A tokenizer, loaded once a run.</summary>
    public static Tokenizer Load(GoldenFile file, string path) => file.Directory.RunCache.Get("tokenizer|" + path, () => Tokenizer.Load(path));

    /// <summary>The text of a case: <c>text</c>, or part of a corpus by line, code or code points.</summary>
    public static string Text(GoldenCase @case)
    {
        var input = @case.Input;
        if (input.Find("text") is { } text) return text.AsString();
        var path = input["corpus"].AsFilePath();
        if (input.Find("line") is { } line) return Lines(@case.File, path)[line.AsInt()].GetProperty("text").GetString()!;
        if (input.Find("code") is { } code)
        {
            var wanted = code.AsString();
            return Lines(@case.File, path).First(l => l.GetProperty("code").GetString() == wanted).GetProperty("text").GetString()!;
        }

        var whole = @case.File.Directory.RunCache.Get("text|" + path, () => File.ReadAllText(path));
        if (input.Find("code_points") is not { } range) return whole;
        var bounds = range.AsInts();
        var builder = new StringBuilder();
        var index = 0;
        foreach (var rune in whole.EnumerateRunes())
        {
            if (index >= bounds[1]) break;
            if (index++ >= bounds[0]) builder.Append(rune.ToString());
        }

        return builder.ToString();
    }

    /// <summary>The first hexadecimal digits of SHA-256 over whole numbers as little-endian int32.</summary>
    public static string Hash(IReadOnlyList<int> numbers, int digits)
    {
        var bytes = new byte[4 * numbers.Count];
        for (var i = 0; i < numbers.Count; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        return Hash(bytes, digits);
    }

    /// <summary>The first hexadecimal digits of SHA-256.</summary>
    public static string Hash(byte[] bytes, int digits) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..digits];

    /// <summary>The blocks of code points that the every-scalar files hash one by one: first scalar and end.</summary>
    public static (int First, int End) Block(string key)
    {
        var first = Convert.ToInt32(key, 16);
        return (first, first + (first < 0x20000 ? 1_024 : 16_384));
    }

    private static List<JsonElement> Lines(GoldenFile file, string path) =>
        file.Directory.RunCache.Get("lines|" + path, () => File.ReadLines(path).Where(static l => l.Length > 0).Select(static l => JsonSerializer.Deserialize<JsonElement>(l)).ToList());
}
