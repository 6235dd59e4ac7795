using System.Text;
using Tessera.Tokenizers.Text.PostProcessors;

namespace Tessera.Tokenizers;

/// <content>How much of a text fits a number of tokens; in the shape of Microsoft.ML.Tokenizers 2.0, except that places count in the text as given.</content>
public sealed partial class Tokenizer
{
    /// <summary>The ids of as much of a text, from its start, as a number of tokens holds.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="maxTokenCount">The most ids, those that are put in included.</param>
    /// <param name="normalizedText">The text as normalised; null where the tokenizer does not normalise.</param>
    /// <param name="charsConsumed">How many UTF-16 units of the text as given the ids cover; no character is cut in two.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The number does not hold the tokens that are put in.</exception>
    public int[] EncodeToIds(string text, int maxTokenCount, out string? normalizedText, out int charsConsumed, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text.AsSpan(), maxTokenCount, out normalizedText, out charsConsumed, options);
    }

    /// <inheritdoc cref="EncodeToIds(string, int, out string?, out int, EncodeOptions?)"/>
    public int[] EncodeToIds(ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int charsConsumed, EncodeOptions? options = null)
    {
        normalizedText = _parts.Normalizer is null ? null : Normalize(text);
        return FromStart(Draft(text, default, isUtf8: false, InUnits(options, OffsetUnit.Utf16), typeId: 0), text.Length, maxTokenCount, options, out charsConsumed);
    }

    /// <summary>The ids of as much of a text in UTF-8, from its start, as a number of tokens holds.</summary>
    /// <param name="utf8">The text; places count in it with invalid sequences written as U+FFFD.</param>
    /// <param name="maxTokenCount">The most ids, those that are put in included.</param>
    /// <param name="bytesConsumed">How many bytes of the text the ids cover; no character is cut in two.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">The number does not hold the tokens that are put in.</exception>
    public int[] EncodeToIds(ReadOnlySpan<byte> utf8, int maxTokenCount, out int bytesConsumed, EncodeOptions? options = null) =>
        FromStart(Draft(default, utf8, isUtf8: true, InUnits(options, OffsetUnit.Utf8), typeId: 0), Text.Utf8Text.Repair(utf8).Length, maxTokenCount, options, out bytesConsumed);

    /// <summary>The tokens of a text, with where each stands, and the text as normalised.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="normalizedText">The text as normalised; null where the tokenizer does not normalise.</param>
    /// <param name="options">How; null for the defaults.</param>
    public EncodedToken[] EncodeToTokens(string text, out string? normalizedText, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        normalizedText = _parts.Normalizer is null ? null : Normalize(text);
        return EncodeToTokens(text, options);
    }

    /// <summary>Where a text has to end so that what is before has at most a number of tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">The most tokens, those that are put in included.</param>
    /// <param name="normalizedText">The text as normalised; null where the tokenizer does not normalise.</param>
    /// <param name="tokenCount">How many tokens the part before has.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The end of the part, in UTF-16 units of the text as given; its length where all of it fits.</returns>
    public int GetIndexByTokenCount(string text, int maxTokenCount, out string? normalizedText, out int tokenCount, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return GetIndexByTokenCount(text.AsSpan(), maxTokenCount, out normalizedText, out tokenCount, options);
    }

    /// <inheritdoc cref="GetIndexByTokenCount(string, int, out string?, out int, EncodeOptions?)"/>
    public int GetIndexByTokenCount(ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount, EncodeOptions? options = null)
    {
        tokenCount = EncodeToIds(text, maxTokenCount, out normalizedText, out var index, options).Length;
        return index;
    }

    /// <summary>Where a text has to end, in bytes, so that what is before has at most a number of tokens.</summary>
    /// <inheritdoc cref="EncodeToIds(ReadOnlySpan{byte}, int, out int, EncodeOptions?)"/>
    /// <param name="utf8">The text in UTF-8.</param>
    /// <param name="maxTokenCount">The most tokens, those that are put in included.</param>
    /// <param name="tokenCount">How many tokens the part before has.</param>
    /// <param name="options">How; null for the defaults.</param>
    public int GetIndexByTokenCount(ReadOnlySpan<byte> utf8, int maxTokenCount, out int tokenCount, EncodeOptions? options = null)
    {
        tokenCount = EncodeToIds(utf8, maxTokenCount, out var index, options).Length;
        return index;
    }

    /// <summary>Where a text has to start so that the rest has at most a number of tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxTokenCount">The most tokens, those that are put in included.</param>
    /// <param name="normalizedText">The text as normalised; null where the tokenizer does not normalise.</param>
    /// <param name="tokenCount">How many tokens the rest has.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The start of the rest, in UTF-16 units of the text as given; 0 where all of it fits.</returns>
    /// <exception cref="ArgumentException">The number does not hold the tokens that are put in.</exception>
    public int GetIndexByTokenCountFromEnd(string text, int maxTokenCount, out string? normalizedText, out int tokenCount, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return GetIndexByTokenCountFromEnd(text.AsSpan(), maxTokenCount, out normalizedText, out tokenCount, options);
    }

    /// <inheritdoc cref="GetIndexByTokenCountFromEnd(string, int, out string?, out int, EncodeOptions?)"/>
    public int GetIndexByTokenCountFromEnd(ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount, EncodeOptions? options = null)
    {
        normalizedText = _parts.Normalizer is null ? null : Normalize(text);
        return FromEnd(Draft(text, default, isUtf8: false, InUnits(options, OffsetUnit.Utf16), typeId: 0), text.Length, maxTokenCount, options, out tokenCount);
    }

    /// <summary>Where a text in UTF-8 has to start, in bytes, so that the rest has at most a number of tokens.</summary>
    /// <inheritdoc cref="GetIndexByTokenCountFromEnd(string, int, out string?, out int, EncodeOptions?)"/>
    /// <param name="utf8">The text; places count in it with invalid sequences written as U+FFFD.</param>
    /// <param name="maxTokenCount">The most tokens, those that are put in included.</param>
    /// <param name="tokenCount">How many tokens the rest has.</param>
    /// <param name="options">How; null for the defaults.</param>
    public int GetIndexByTokenCountFromEnd(ReadOnlySpan<byte> utf8, int maxTokenCount, out int tokenCount, EncodeOptions? options = null) =>
        FromEnd(Draft(default, utf8, isUtf8: true, InUnits(options, OffsetUnit.Utf8), typeId: 0), Text.Utf8Text.Repair(utf8).Length, maxTokenCount, options, out tokenCount);

    /// <summary>The text as the tokenizer's normaliser writes it; added tokens that are found in the text as given stay as they are.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    public string Normalize(ReadOnlySpan<char> text)
    {
        var source = new byte[checked(3 * text.Length)].AsSpan();
        source = source[..Tessera.Tokenizers.Text.Utf8Text.FromUtf16(text, source)];
        var normalized = new StringBuilder();
        var (position, free, done) = (0, 0, 0);
        while (_rawMatcher.Next(source, ref position, ref free, parseSpecial: true, out var start, out var end) is not null)
        {
            Append(source[done..start]);
            normalized.Append(Encoding.UTF8.GetString(source[start..end]));
            done = end;
        }

        Append(source[done..]);
        return normalized.ToString();

        void Append(ReadOnlySpan<byte> part)
        {
            if (!part.IsEmpty) normalized.Append(Encoding.UTF8.GetString(_parts.Normalizer?.Apply(part.ToArray()) ?? part.ToArray()));
        }
    }

    private static EncodeOptions InUnits(EncodeOptions? options, OffsetUnit unit) => (options ?? EncodeOptions.Default) with { OffsetUnit = unit };

    private int[] FromStart(EncodingDraft draft, int length, int most, EncodeOptions? options, out int consumed)
    {
        var count = Math.Min(Room(most, options), draft.Count);
        // A character of several tokens comes whole or not at all.
        while (count > 0 && count < draft.Count && draft.Offsets[count].Start < draft.Offsets[count - 1].End) count--;
        consumed = count == draft.Count ? length : count == 0 ? 0 : draft.Offsets[count - 1].End;
        return Frame(draft.Ids.AsSpan(0, count), options ?? EncodeOptions.Default).Ids;
    }

    private int FromEnd(EncodingDraft draft, int length, int most, EncodeOptions? options, out int tokenCount)
    {
        var room = Room(most, options);
        var first = Math.Max(0, draft.Count - room);
        while (first > 0 && first < draft.Count && draft.Offsets[first].Start < draft.Offsets[first - 1].End) first++;
        tokenCount = draft.Count - first + most - room;
        return first == 0 ? 0 : first == draft.Count ? length : draft.Offsets[first].Start;
    }

    private int Room(int most, EncodeOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var frame = (options ?? EncodeOptions.Default).AddSpecialTokens ? _parts.PostProcessor?.AddedCount(pair: false) ?? 0 : 0;
        return most >= frame ? most - frame : throw new ArgumentException($"{most} tokens do not hold the special tokens.", nameof(most));
    }
}
