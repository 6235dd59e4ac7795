namespace Tessera.Tokenizers;

/// <summary>
/// What of a list of tokens decides which tokens may follow: the last ones, from the last place on at which the text is cut whatever comes.
/// Made by <see cref="TokenValidity"/>; immutable.
/// </summary>
public sealed class TokenTail
{
    internal TokenTail(int[] tokens, int[] ends, byte[] bytes, bool beginsText) => (Tokens, Ends, Bytes, BeginsText) = (tokens, ends, bytes, beginsText);

    /// <summary>The last token; −1 where there is none, or none that the next one could be joined with.</summary>
    public int Last => Tokens is [.., var last] ? last : -1;

    /// <summary>The tokens.</summary>
    internal int[] Tokens { get; }

    /// <summary>Where each ends in the bytes.</summary>
    internal int[] Ends { get; }

    /// <summary>What they stand for.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Whether nothing stands before them.</summary>
    internal bool BeginsText { get; }

    /// <summary>The tail with a token more.</summary>
    internal TokenTail With(int token, ReadOnlySpan<byte> bytes) =>
        new([.. Tokens, token], [.. Ends, Bytes.Length + bytes.Length], [.. Bytes, .. bytes], BeginsText);

    /// <summary>The tail from a token on.</summary>
    internal TokenTail From(int first)
    {
        if (first == 0) return this;
        var start = Ends[first - 1];
        return new TokenTail(Tokens[first..], [.. Ends[first..].Select(e => e - start)], Bytes[start..], beginsText: false);
    }
}
