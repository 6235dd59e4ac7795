namespace Tessera.Tokenizers.Domain;

/// <summary>Words and sentences of a text, as ranges of UTF-16 units.</summary>
internal static class WordSpan
{
    /// <summary>Runs of characters that are neither white space nor punctuation.</summary>
    public static IEnumerable<(int Start, int End)> Of(string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var inside = i < text.Length && !char.IsWhiteSpace(text[i]) && !char.IsPunctuation(text[i]) && !char.IsSymbol(text[i]);
            if (inside && start < 0) start = i;
            if (inside || start < 0) continue;
            yield return (start, i);
            start = -1;
        }
    }

    /// <summary>Stretches that end behind a line end, or behind . ! ? with white space after it; together they are the whole text.</summary>
    public static IEnumerable<(int Start, int End)> Sentences(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\n' && !(text[i] is '.' or '!' or '?' or '。' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1])))) continue;
            yield return (start, i + 1);
            start = i + 1;
        }

        if (start < text.Length) yield return (start, text.Length);
    }
}
