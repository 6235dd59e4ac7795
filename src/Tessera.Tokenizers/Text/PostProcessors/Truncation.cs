namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>How much of each text stays when together they are too long, as tokenizers (Hugging Face) decides it.</summary>
internal static class Truncation
{
    /// <summary>Shortens the drafts to a number of tokens together.</summary>
    /// <exception cref="ArgumentException">The strategy's text is missing or too short.</exception>
    public static void Apply(EncodingDraft first, EncodingDraft? second, TruncationOptions options, int room)
    {
        if (room == 0)
        {
            first.Truncate(0, options.Stride, options.Left);
            second?.Truncate(0, options.Stride, options.Left);
            return;
        }

        var excess = first.Count + (second?.Count ?? 0) - room;
        if (excess <= 0) return;
        if (options.Strategy == TruncationStrategy.LongestFirst)
        {
            if (second is null)
            {
                first.Truncate(room, options.Stride, options.Left);
                return;
            }

            var (a, b) = Share(first.Count, second.Count, room);
            first.Truncate(a, options.Stride, options.Left);
            second.Truncate(b, options.Stride, options.Left);
            return;
        }

        var target = options.Strategy == TruncationStrategy.OnlyFirst ? first : second ?? throw new ArgumentException("Truncation of the second text was asked for, and there is none.");
        if (target.Count <= excess) throw new ArgumentException($"{excess} tokens are too many, and the text to be truncated has {target.Count}.");
        target.Truncate(target.Count - excess, options.Stride, options.Left);
    }

    /// <summary>Example: 6 and 3 tokens, room for 4: 2 and 2.</summary>
    private static (int First, int Second) Share(int first, int second, int room)
    {
        var (shorter, longer) = (Math.Min(first, second), Math.Max(first, second));
        longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + room % 2;
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }
}
