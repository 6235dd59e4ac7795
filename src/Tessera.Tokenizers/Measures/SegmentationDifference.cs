namespace Tessera.Tokenizers.Measures;

/// <summary>A stretch of text that two tokenizers cut differently; at its ends both have a boundary.</summary>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="End">Where it ends.</param>
/// <param name="First">What the first tokenizer makes of it.</param>
/// <param name="Second">What the second makes of it.</param>
public sealed record SegmentationDifference(int Start, int End, IReadOnlyList<EncodedToken> First, IReadOnlyList<EncodedToken> Second)
{
    /// <summary>The differences between two segmentations of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="first">One tokenizer.</param>
    /// <param name="second">The other.</param>
    public static IReadOnlyList<SegmentationDifference> Between(string text, Tokenizer first, Tokenizer second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Between(first.EncodeToTokens(text, EncodeOptions.PlainText), second.EncodeToTokens(text, EncodeOptions.PlainText));
    }

    /// <summary>The differences between two lists of tokens of a text.</summary>
    /// <param name="first">Tokens in the order of the text, offsets in UTF-16 units.</param>
    /// <param name="second">Other tokens of the same text.</param>
    public static IReadOnlyList<SegmentationDifference> Between(IReadOnlyList<EncodedToken> first, IReadOnlyList<EncodedToken> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var differences = new List<SegmentationDifference>();
        var (i, j) = (0, 0);
        while (i < first.Count || j < second.Count)
        {
            var (fromFirst, fromSecond) = (i, j);
            // As far as both have come; whoever is behind takes the next token, until both stand at one place.
            var (endFirst, endSecond) = (Take(first, ref i, -1), Take(second, ref j, -1));
            while (endFirst != endSecond)
            {
                if (endFirst < endSecond) endFirst = i < first.Count ? Take(first, ref i, endFirst) : endSecond;
                else endSecond = j < second.Count ? Take(second, ref j, endSecond) : endFirst;
            }

            if (i - fromFirst == 1 && j - fromSecond == 1) continue;
            var (a, b) = (first.Skip(fromFirst).Take(i - fromFirst).ToList(), second.Skip(fromSecond).Take(j - fromSecond).ToList());
            if (a.Select(static t => t.Offset).SequenceEqual(b.Select(static t => t.Offset))) continue;
            var start = a.Concat(b).Min(static t => t.Offset.Start.Value);
            differences.Add(new SegmentationDifference(start, Math.Max(start, endFirst), a, b));
        }

        return differences;
    }

    /// <summary>Takes the next token and all behind it that end no later (parts of one character); gives where they end.</summary>
    private static int Take(IReadOnlyList<EncodedToken> tokens, ref int at, int end)
    {
        if (at < tokens.Count) end = Math.Max(end, tokens[at++].Offset.End.Value);
        while (at < tokens.Count && tokens[at].Offset.End.Value <= end) at++;
        return end;
    }
}
