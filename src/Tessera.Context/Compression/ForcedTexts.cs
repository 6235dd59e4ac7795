using System.Globalization;
using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Context.Compression;

/// <summary>
/// The texts that are kept wherever they stand. Those that the encoder does not have as exactly one token (a line end, which it
/// normalises away) take a token of their own, [NEW0] … [NEW99], in the text that it reads.
/// </summary>
internal sealed class ForcedTexts
{
    private readonly string[] _texts;
    private readonly HashSet<string> _set;
    private readonly int[] _byLength;

    /// <summary>Forced texts for an encoder.</summary>
    public ForcedTexts(IReadOnlyList<string> texts, Tokenizer tokenizer) : this(
        texts, [.. texts.Select((t, i) => tokenizer.CountTokens(t, EncodeOptions.NoSpecials) == 1 ? null : string.Create(CultureInfo.InvariantCulture, $"[NEW{i}]"))])
    {
        for (var i = 0; i < Ids.Length; i++)
        {
            if (Placeholders[i] is { } placeholder) Ids[i] = tokenizer.TokenToId(placeholder) ?? -1;
        }
    }

    /// <summary>Forced texts with given placeholders.</summary>
    public ForcedTexts(IReadOnlyList<string> texts, string?[] placeholders)
    {
        _texts = [.. texts];
        _set = new HashSet<string>(_texts, StringComparer.Ordinal);
        Placeholders = placeholders;
        Ids = new int[_texts.Length];

        // Of texts that begin at one place the longest is meant; of equal ones the first.
        _byLength = [.. Enumerable.Range(0, _texts.Length).OrderByDescending(i => _texts[i].Length)];
    }

    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>The token that stands for each text; null where the encoder has the text itself.</summary>
    public string?[] Placeholders { get; }

    /// <summary>The ids of those tokens; −1 where the encoder has no such token.</summary>
    public int[] Ids { get; }

    /// <summary>Whether a text is forced.</summary>
    public bool Contains(string text) => _set.Contains(text);

    /// <summary>Whether a text stands for a forced one.</summary>
    public bool IsPlaceholder(string text) => text.StartsWith("[NEW", StringComparison.Ordinal) && Array.IndexOf(Placeholders, text) >= 0;

    /// <summary>The text with placeholders in place of the texts that need them.</summary>
    public string Insert(string text)
    {
        for (var i = 0; i < _texts.Length; i++)
        {
            if (Placeholders[i] is { } placeholder) text = text.Replace(_texts[i], placeholder, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>The text with placeholders taken back.</summary>
    public string Restore(string text)
    {
        for (var i = 0; i < _texts.Length; i++)
        {
            if (Placeholders[i] is { } placeholder) text = text.Replace(placeholder, _texts[i], StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>
    /// Where forced texts stand, left to right without overlap. One that begins or ends with a letter or digit is found as a word only:
    /// "not" is no part of "nothing".
    /// </summary>
    public List<(int Start, int End, int Index)> Find(string text)
    {
        var found = new List<(int, int, int)>();
        if (_texts.Length == 0) return found;
        for (var at = 0; at < text.Length;)
        {
            var index = Array.FindIndex(_byLength, i => StandsAt(text, at, _texts[i]));
            if (index < 0)
            {
                at++;
                continue;
            }

            var length = _texts[_byLength[index]].Length;
            found.Add((at, at + length, _byLength[index]));
            at += length;
        }

        return found;
    }

    private static bool StandsAt(string text, int at, string forced)
    {
        if (string.CompareOrdinal(text, at, forced, 0, forced.Length) != 0) return false;
        var end = at + forced.Length;
        return !(at > 0 && IsWordCharacter(text, at - 1) && IsWordCharacter(text, at))
            && !(end < text.Length && IsWordCharacter(text, end - 1) && IsWordCharacter(text, end));
    }

    // Halves of surrogate pairs are looked at as the pair that they are part of.
    private static bool IsWordCharacter(string text, int at)
    {
        if (char.IsLowSurrogate(text[at]) && at > 0) at--;
        return Rune.TryGetRuneAt(text, at, out var rune) && Rune.IsLetterOrDigit(rune);
    }
}
