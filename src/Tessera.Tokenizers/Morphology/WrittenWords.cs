namespace Tessera.Tokenizers.Morphology;

/// <summary>The words of a text as they are written: what stands between white space.</summary>
internal static class WrittenWords
{
    /// <summary>The words from the start on, by the places of their ends.</summary>
    public static IEnumerable<(int Start, int End)> Of(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
            if (end > start) yield return (start, end);
            start = end + 1;
        }
    }
}
