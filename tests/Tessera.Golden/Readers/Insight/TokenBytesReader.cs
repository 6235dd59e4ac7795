using System.Buffers;
using System.Text;

namespace Tessera.Golden;

/// <summary>What the token lens shows of a text's bytes: ids, the bytes of each token, where they start, and which tokens share a character.</summary>
internal sealed class TokenBytesReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "lens" && file.Root.Has("model") && @case.Has("input") && @case.Input.Has("text") && @case.Expected.Has("bytesHex") && @case.Expected.Has("utf8Groups");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerFiles.Of(@case.File)!;
        var ids = tokenizer.EncodeToIds(@case.Input["text"].AsString(), Tessera.Tokenizers.EncodeOptions.NoSpecials);
        check.SameIds(@case.Input["ids"], ids);
        var (hex, offsets, groups) = (new List<string>(), new List<int>(), new List<List<int>>());
        var (at, open) = (0, new List<byte>());
        for (var token = 0; token < ids.Length; token++)
        {
            var bytes = tokenizer.TokenBytes(ids[token]);
            hex.Add(Convert.ToHexStringLower(bytes));
            offsets.Add(at);
            at += bytes.Length;
            if (open.Count == 0) groups.Add([]);
            groups[^1].Add(token);
            open.AddRange(bytes);
            if (EndsWhole([.. open])) open.Clear();
        }

        check.SameStrings(@case.Expected["bytesHex"], hex);
        check.SameIds(@case.Expected["byteOffsets"], [.. offsets]);
        var wanted = @case.Expected["utf8Groups"].AsIntRows();
        check.That(wanted.Length == groups.Count && wanted.Zip(groups).All(static g => g.First.SequenceEqual(g.Second)), "expected.utf8Groups", Show(wanted), Show(groups));
    }

    // Whether the last character of the bytes is whole.
    private static bool EndsWhole(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out _, out var length) == OperationStatus.NeedMoreData) return false;
            bytes = bytes[length..];
        }

        return true;
    }

    private static string Show(IEnumerable<IEnumerable<int>> groups) => string.Join(" ", groups.Where(static g => g.Count() > 1).Select(static g => $"[{string.Join(",", g)}]"));
}
