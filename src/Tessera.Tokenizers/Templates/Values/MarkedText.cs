namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// A string with what a plain <see cref="string"/> cannot say: which parts came from the conversation, and whether it was declared
/// HTML-safe (escape, safe), which changes what <c>+</c> does to it.
/// </summary>
internal sealed class MarkedText(string text, (int Start, int End)[] contentRanges, bool isMarkup = false)
{
    public string Text { get; } = text;

    /// <summary>Ascending, disjoint [start, end) in UTF-16 units.</summary>
    public (int Start, int End)[] ContentRanges { get; } = contentRanges;

    public bool IsMarkup { get; } = isMarkup;

    /// <summary>Index of the first range that ends after a position; found by halving, since texts with many ranges are cut into many pieces.</summary>
    public int FirstRangeAfter(int position)
    {
        var (low, high) = (0, ContentRanges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ContentRanges[middle].End <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    public static MarkedText Content(string text) => new(text, [(0, text.Length)]);
}
