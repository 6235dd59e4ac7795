namespace Tessera.Tokenizers.Templates;

/// <summary>Which tokens of a rendered chat are the assistant's, for training on these alone.</summary>
public static class AssistantMask
{
    /// <summary>
    /// Sets the mask for every token from the one that holds a range's first character to the one that holds its last, as the transformers
    /// library does. Ranges beyond the last token (the ids were truncated) are left out or cut.
    /// </summary>
    /// <param name="offsets">[start, end) of each token in code points of the text, [tokens].</param>
    /// <param name="ranges">The assistant's ranges, see <see cref="RenderedChat.AssistantRanges"/>.</param>
    /// <param name="mask">Receives true for the assistant's tokens and false for all others, [tokens].</param>
    /// <exception cref="ArgumentException">The mask has another length than the offsets.</exception>
    public static void Fill(ReadOnlySpan<(int Start, int End)> offsets, IReadOnlyList<(int Start, int End)> ranges, Span<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        if (mask.Length != offsets.Length)
            throw new ArgumentException($"{mask.Length} places for {offsets.Length} tokens.", nameof(mask));
        mask.Clear();
        foreach (var (start, end) in ranges)
        {
            if (start >= end)
                continue;
            var first = TokenOf(offsets, start);
            if (first < 0)
                continue;
            var last = TokenOf(offsets, end - 1);
            mask[first..(last < 0 ? offsets.Length : last + 1)].Fill(true);
        }
    }

    private static int TokenOf(ReadOnlySpan<(int Start, int End)> offsets, int character)
    {
        for (var i = 0; i < offsets.Length; i++)
        {
            if (offsets[i].Start <= character && character < offsets[i].End)
                return i;
        }

        return -1;
    }
}
