using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Tiktoken;

/// <summary>
/// tiktoken's rank files (openai/tiktoken): a line for each token, its bytes in base64 and its rank, which is its id. There is no list of merges:
/// of all adjacent pairs the one whose concatenation has the lowest rank is joined first.
/// </summary>
internal static class RankFile
{
    // The parts of a token are found by joining its bytes: the square of its length is work. Published tokens have up to 128 bytes.
    private const int MostTokenBytes = 1_024;
    private const long MostWork = 1L << 30;

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="MalformedInputException">A line is not a token and a rank, or something stands there twice.</exception>
    /// <exception cref="ResourceLimitException">There are too many tokens, or too long ones.</exception>
    public static List<(byte[] Token, int Rank)> Read(ReadOnlySpan<byte> text, string file, InputLimits limits)
    {
        var tokens = new List<(byte[] Token, int Rank)>();
        var ranks = new HashSet<int>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            number++;
            var line = text[range];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (line.IsEmpty) continue;
            if (tokens.Count >= limits.MaxVocabulary) throw new ResourceLimitException($"tokens of {file}", tokens.Count + 1L, limits.MaxVocabulary);
            var (token, rank) = Parse(line, file, number, limits);
            if (!ranks.Add(rank)) throw Wrong(file, number, $"the rank {rank} stands there twice");
            if (!seen.Add(Convert.ToHexString(token))) throw Wrong(file, number, "the token stands there twice");
            tokens.Add((token, rank));
        }

        if (tokens.Count == 0) throw Wrong(file, 1, "there is no token");
        return tokens;
    }

    /// <summary>Writes a file's text, by rank.</summary>
    public static void Write(IEnumerable<(byte[] Token, int Rank)> tokens, Stream stream)
    {
        foreach (var (token, rank) in tokens.OrderBy(static t => t.Rank))
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Convert.ToBase64String(token)} {rank}\n")));
    }

    /// <summary>
    /// The merges that ranks imply: a token whose bytes, joined by lower ranks only, end in exactly two parts is the merge of these two. One
    /// that ends in more is never made by merging, only found whole.
    /// </summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="file">What errors call their origin.</param>
    public static List<Merge> Merges(IReadOnlyList<(byte[] Token, int Rank)> tokens, string file)
    {
        var bytes = new int[256];
        bytes.AsSpan().Fill(-1);
        foreach (var (token, rank) in tokens)
        {
            if (token.Length == 1) bytes[token[0]] = rank;
        }

        if (Array.IndexOf(bytes, -1) is >= 0 and var missing) throw new MalformedInputException(file, $"byte 0x{missing:x2}", "no token for this byte alone");
        var merges = new List<Merge>(tokens.Count);
        var known = new Dictionary<(int Left, int Right), int>();
        var parts = new List<int>();
        var work = 0L;
        foreach (var (token, rank) in tokens.OrderBy(static t => t.Rank))
        {
            if (token.Length == 1) continue;
            work += (long)token.Length * token.Length;
            if (work > MostWork) throw new ResourceLimitException($"steps to find the merges of {file}", work, MostWork);
            parts.Clear();
            foreach (var value in token) parts.Add(bytes[value]);
            Join(parts, known, rank);
            if (parts.Count != 2) continue;
            known[(parts[0], parts[1])] = rank;
            merges.Add(new Merge(parts[0], parts[1], merges.Count, rank));
        }

        return merges;
    }

    // Single bytes count as joined whatever their rank, as in the original.
    private static void Join(List<int> parts, Dictionary<(int Left, int Right), int> known, int below)
    {
        while (parts.Count > 2)
        {
            var (best, bestRank) = (-1, below);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (known.TryGetValue((parts[i], parts[i + 1]), out var rank) && rank < bestRank) (best, bestRank) = (i, rank);
            }

            if (best < 0) return;
            parts[best] = bestRank;
            parts.RemoveAt(best + 1);
        }
    }

    private static (byte[] Token, int Rank) Parse(ReadOnlySpan<byte> line, string file, int number, InputLimits limits)
    {
        var blank = line.IndexOf((byte)' ');
        if (blank <= 0) throw Wrong(file, number, "a token in base64, a blank and a rank are expected");
        if (!Utf8Parser.TryParse(line[(blank + 1)..], out int rank, out var used) || used != line.Length - blank - 1 || rank < 0 || line[blank + 1] is not (>= (byte)'0' and <= (byte)'9'))
            throw Wrong(file, number, "the rank is no whole number from 0 up");
        if (rank >= limits.MaxVocabulary) throw new ResourceLimitException($"ranks at line {number} of {file}", rank + 1L, limits.MaxVocabulary);
        if (blank > 2 * MostTokenBytes) throw new ResourceLimitException($"bytes of the token at line {number} of {file}", blank, MostTokenBytes);
        var token = new byte[Base64.GetMaxDecodedFromUtf8Length(blank)];
        if (Base64.DecodeFromUtf8(line[..blank], token, out _, out var length) != System.Buffers.OperationStatus.Done) throw Wrong(file, number, "the token is no base64");
        if (length == 0) throw Wrong(file, number, "the token is empty");
        if (length > MostTokenBytes) throw new ResourceLimitException($"bytes of the token at line {number} of {file}", length, MostTokenBytes);
        return (token[..length], rank);
    }

    private static MalformedInputException Wrong(string file, int line, string reason) => new(file, string.Create(CultureInfo.InvariantCulture, $"line {line}"), reason);

    /// <summary>A model of these tokens: merges as ranks imply them, pieces that are tokens taken whole.</summary>
    public static BpeModel Model(IReadOnlyList<(byte[] Token, int Rank)> tokens, string file) => new(
        Vocabulary.Of([.. tokens.Select(static t => (ByteAlphabet.Encode(t.Token), t.Rank))]),
        [.. Merges(tokens, file)],
        new BpeOptions { IgnoreMerges = true, OnBytes = true });
}
