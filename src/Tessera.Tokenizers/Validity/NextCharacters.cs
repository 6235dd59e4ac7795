namespace Tessera.Tokenizers;

/// <summary>
/// Characters that stand for all that may come next, one or more of each class that pre-tokenizers tell apart: blanks, line ends, letters of either
/// case and of none, marks, digits, punctuation, symbols, and the letters that English contractions go on with.
/// </summary>
internal static class NextCharacters
{
    /// <summary>What may follow a text.</summary>
    public static IReadOnlyList<byte[]> Any { get; } =
        [.. new[] { " ", "\n", "\r", "\t", "\u00a0", "e", "l", "s", "E", "\u00e9", "\u00c9", "\u65e5", "\u3042", "\u0301", "1", "\u00b2", "!", "'", "/", "+", "\u2014", "\U0001f600" }.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>What a character that has begun may turn out to be: all of more than one byte.</summary>
    public static IReadOnlyList<byte[]> Unfinished { get; } = [.. Any.Where(static c => c.Length > 1)];
}
