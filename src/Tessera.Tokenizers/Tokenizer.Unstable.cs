using System.Text;
using System.Text.Unicode;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <content>What tokens a text that goes on may have at its end (openai/tiktoken, src/lib.rs, encode_with_unstable).</content>
public sealed partial class Tokenizer
{
    // For every place in the unstable end all tokens that go on from there are tried.
    private const int MostUnstableBytes = 1_024;

    private readonly Lazy<int[]> _idsByBytes;

    /// <summary>
    /// The ids at the start of a text that more text can hardly change, and the ways in which the rest may come to be cut. An approximation
    /// as in the original: patterns can cut a text anew in ways that it does not look for.
    /// </summary>
    /// <param name="text">A text that may go on.</param>
    /// <param name="options">How; null for the defaults. Nothing is put in.</param>
    /// <returns>The stable ids; and lists of ids that cover the rest, the last one possibly reaching beyond it, in lexicographic order.</returns>
    /// <exception cref="UnsupportedFeatureException">The tokenizer is no byte-level BPE.</exception>
    /// <exception cref="ResourceLimitException">The text ends in a piece of more than 1,024 bytes.</exception>
    public (int[] Stable, IReadOnlyList<int[]> Completions) EncodeWithUnstable(string text, EncodeOptions? options = null)
    {
        if (_model is not BpeModel { Options.OnBytes: true }) throw new UnsupportedFeatureException("tokenizer", "unstable tokens of a tokenizer other than byte-level BPE");
        var encoding = Encode(text, null, (options ?? EncodeOptions.Default) with { AddSpecialTokens = false, Truncation = null, Padding = null });
        var ids = encoding.Ids;
        var stable = ids.Length;
        if (stable == 0 || Added.ById.ContainsKey(ids[^1])) return (ids, []);
        while (stable > 0 && encoding.WordIds[stable - 1] == encoding.WordIds[^1]) stable--;
        // Pieces of white space may become one when a line end follows.
        if (IsBlank(ids[stable]))
        {
            while (stable > 0 && IsBlank(ids[stable - 1])) stable--;
        }

        var rest = DecodeToBytes(ids.AsSpan(stable));
        if (rest.Length > MostUnstableBytes) throw new ResourceLimitException("bytes of the last piece", rest.Length, MostUnstableBytes);
        var completions = new SortedSet<int[]>(Comparer<int[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y)));
        foreach (var id in IdsThatStartWith(rest)) completions.Add([id]);
        for (var i = 1; i < rest.Length; i++)
        {
            foreach (var id in IdsThatStartWith(rest.AsSpan(i))) completions.Add(Covering([.. rest.AsSpan(0, i), .. TokenBytes(id)], rest.Length));
        }

        // A blank at the end leaves the piece when a word follows.
        if (Rune.DecodeLastFromUtf8(rest, out var last, out var length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(last) && length < rest.Length)
            completions.Add([.. Merged(rest.AsSpan(0, rest.Length - length)), .. Merged(rest.AsSpan(rest.Length - length))]);
        return (ids[..stable], [.. completions]);
    }

    /// <summary>The ids of bytes up to the one that reaches a length.</summary>
    private int[] Covering(byte[] bytes, int length)
    {
        var ids = Utf8.IsValid(bytes) ? EncodeToIds(bytes, EncodeOptions.PlainText) : Merged(bytes);
        var covered = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            covered += TokenBytes(ids[i]).Length;
            if (covered >= length) return ids[..(i + 1)];
        }

        return ids;
    }

    /// <summary>Bytes as one piece, whatever the pattern says.</summary>
    private int[] Merged(ReadOnlySpan<byte> piece)
    {
        var scratch = Rent(EncodeOptions.PlainText);
        try
        {
            scratch.Tokens.Clear(detailed: false);
            _model.Tokenize(piece, scratch.Tokens, scratch);
            return scratch.Tokens.Ids.ToArray();
        }
        finally
        {
            Return(scratch);
        }
    }

    private bool IsBlank(int id) => !Added.ById.ContainsKey(id) && TokenBytes(id).IndexOfAnyExcept(" \n\t"u8) < 0;

    /// <summary>The model's tokens that start with some bytes.</summary>
    private ArraySegment<int> IdsThatStartWith(ReadOnlySpan<byte> start)
    {
        var ids = _idsByBytes.Value;
        var (low, high) = (0, ids.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (TokenBytes(ids[middle]).SequenceCompareTo(start) < 0) low = middle + 1;
            else high = middle;
        }

        var end = low;
        while (end < ids.Length && TokenBytes(ids[end]).StartsWith(start)) end++;
        return new ArraySegment<int>(ids, low, end - low);
    }

    private int[] SortIdsByBytes()
    {
        int[] ids = [.. _model.Vocabulary.Entries().Select(static e => e.Id).Where(id => !Added.ById.ContainsKey(id))];
        Array.Sort(ids, (x, y) => TokenBytes(x).SequenceCompareTo(TokenBytes(y)));
        return ids;
    }
}
