using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>Takes blanks at the ends of byte-level tokens out of their offsets.</summary>
internal sealed class ByteLevelPostProcessor(bool trimOffsets, bool addPrefixSpace) : PostProcessor
{
    public override int AddedCount(bool pair) => 0;

    public override List<EncodingDraft> Process(List<EncodingDraft> parts, bool addSpecialTokens, TokenNames names)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (trimOffsets) TrimAll(parts[i], addPrefixSpace, names);
            parts[i].SetSequence(i);
        }

        return parts;
    }

    public override bool TryGetFrame(out int[] before, out int[] behind)
    {
        (before, behind) = ([], []);
        return true;
    }

    /// <summary>Trims a draft and what was cut off of it.</summary>
    public static void TrimAll(EncodingDraft draft, bool addPrefixSpace, TokenNames names)
    {
        Trim(draft, addPrefixSpace, names);
        foreach (var overflow in draft.Overflowing) Trim(overflow, addPrefixSpace, names);
    }

    private static void Trim(EncodingDraft draft, bool addPrefixSpace, TokenNames names)
    {
        var offsets = draft.Offsets;
        for (var i = 0; i < offsets.Length; i++)
        {
            var token = draft.Texts.Of(i) ?? names[draft.Ids[i]];
            var (leading, trailing) = (0, 0);
            while (leading < token.Length && IsBlank(token[leading])) leading++;
            while (trailing < token.Length && IsBlank(token[^(trailing + 1)])) trailing++;
            var (start, end) = offsets[i];
            if (leading > 0)
            {
                // A single blank may be the one that was put in front; several were in the text.
                if ((i == 0 || start == 0) && addPrefixSpace && leading == 1) leading = 0;
                start = Math.Min(start + leading, end);
            }

            if (trailing > 0 && end >= trailing) end = Math.Max(end - trailing, start);
            offsets[i] = (start, end);
        }
    }

    private static bool IsBlank(char c) => c == 'Ġ' || CharacterClass.Is(c, CharacterClass.Space);
}
