namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>
/// An encoding while it is put together: its tokens, the ranges that belong to a sequence, and what truncation cut off. What neighbours
/// share stands once a run, and what a caller may never ask for is made when he does. Merging, truncating and padding follow tokenizers
/// (Hugging Face), overflow included.
/// </summary>
internal sealed class EncodingDraft
{
    // What is cut off of two sequences multiplies; a text and stride that make more windows than this are refused.
    private const int MostOverflow = 1 << 16;

    private List<TokenRun> _runs = [];

    /// <summary>A draft of ordinary tokens.</summary>
    /// <param name="ids">The ids; kept.</param>
    /// <param name="offsets">Where each stands; kept.</param>
    /// <param name="words">The word of each, or −1; kept.</param>
    /// <param name="texts">The texts that are not those of ids; kept.</param>
    /// <param name="typeId">The type of all.</param>
    public EncodingDraft(int[] ids, (int Start, int End)[] offsets, int[] words, ShownTexts texts, int typeId)
    {
        (Ids, Offsets, Words, Texts) = (ids, offsets, words, texts);
        if (ids.Length > 0) _runs.Add(new TokenRun(ids.Length, typeId, IsSpecial: false, IsPadding: false));
    }

    public int[] Ids { get; private set; }

    public (int Start, int End)[] Offsets { get; private set; }

    /// <summary>The word of each token; −1 for specials and padding.</summary>
    public int[] Words { get; private set; }

    /// <summary>The texts of tokens that are shown as another one than their id's.</summary>
    public ShownTexts Texts { get; private set; }

    public List<(int Sequence, int Start, int End)> Ranges { get; } = [];

    public List<EncodingDraft> Overflowing { get; private set; } = [];

    public int Count => Ids.Length;

    /// <summary>A draft of special tokens.</summary>
    public static EncodingDraft OfSpecials(ReadOnlySpan<int> ids, ReadOnlySpan<string> tokens, int typeId) => OfOthers(ids.ToArray(), tokens, new TokenRun(ids.Length, typeId, IsSpecial: true, IsPadding: false));

    /// <summary>One draft out of several; what was cut off of each is combined with the others and with what was cut off of them.</summary>
    public static EncodingDraft Merge(IReadOnlyList<EncodingDraft> parts)
    {
        if (parts.Count == 0) return OfSpecials([], [], 0);
        if (parts.Count == 1) return parts[0];
        var whole = Join(parts);
        var overflowing = parts[0].Overflowing;
        for (var i = 1; i < parts.Count; i++)
        {
            if (overflowing.Count > 0 || parts[i].Overflowing.Count > 0) overflowing = Combine(Join(parts, i), overflowing, parts[i]);
        }

        whole.Overflowing = overflowing;
        return whole;
    }

    /// <summary>The type of each token.</summary>
    public int[] TypeIds() => Expand(static r => r.TypeId);

    /// <summary>1 for specials and padding.</summary>
    public int[] SpecialMask() => Expand(static r => r.IsSpecial ? 1 : 0);

    /// <summary>0 for padding.</summary>
    public int[] AttentionMask() => Expand(static r => r.IsPadding ? 0 : 1);

    /// <summary>The word of each token; null for specials and padding.</summary>
    public int?[] WordIds() => Array.ConvertAll(Words, static w => w < 0 ? (int?)null : w);

    /// <summary>The sequence of each token; null for specials and padding.</summary>
    public int?[] SequenceIds()
    {
        var ids = new int?[Count];
        foreach (var (sequence, start, end) in Ranges)
        {
            for (var i = start; i < Math.Min(end, Count); i++) ids[i] = sequence;
        }

        return ids;
    }

    /// <summary>Each token as it is shown.</summary>
    public string[] Tokens(TokenNames names)
    {
        var tokens = new string[Count];
        for (var i = 0; i < tokens.Length; i++) tokens[i] = names[Ids[i]];
        foreach (var (place, text) in Texts.All()) tokens[place] = text;
        return tokens;
    }

    /// <summary>Gives every token (but not what was cut off) a type.</summary>
    public void SetTypeIds(int typeId)
    {
        for (var i = 0; i < _runs.Count; i++) _runs[i] = _runs[i] with { TypeId = typeId };
    }

    /// <summary>Makes every token one of the text.</summary>
    public void SetOrdinary()
    {
        for (var i = 0; i < _runs.Count; i++) _runs[i] = _runs[i] with { IsSpecial = false, IsPadding = false };
    }

    /// <summary>Says that every token belongs to a sequence.</summary>
    public void SetSequence(int sequence)
    {
        Ranges.Clear();
        Ranges.Add((sequence, 0, Count));
    }

    /// <summary>Keeps at most a number of tokens; the rest becomes windows of that length that overlap by the stride.</summary>
    /// <exception cref="ArgumentException">The stride leaves no room to advance.</exception>
    public void Truncate(int most, int stride, bool left)
    {
        if (most >= Count) return;
        if (most > 0 && stride >= most)
            throw new ArgumentException($"A stride of {stride} does not fit {most} tokens, which is what is left beside the special tokens.");
        var ranges = most == 0 ? [(0, Count)] : Windows(Count, most, most - stride, left);
        if (ranges.Count > MostOverflow) throw new ResourceLimitException("windows of overflow", ranges.Count, MostOverflow);
        var parts = ranges.ConvertAll(r => Slice(r.Start, r.End));
        if (most == 0)
        {
            parts[0].Ranges.AddRange(Ranges);
            Become(Slice(0, 0));
            Overflowing = parts;
            return;
        }

        Become(parts[0]);
        Overflowing = parts[1..];
    }

    /// <summary>Fills up to a length.</summary>
    public void Pad(int length, PaddingOptions padding)
    {
        foreach (var overflow in Overflowing) overflow.Pad(length, padding);
        var missing = length - Count;
        if (missing <= 0) return;
        var (ids, tokens) = (new int[missing], new string[missing]);
        Array.Fill(ids, padding.PadId);
        Array.Fill(tokens, padding.PadToken);
        var pads = OfOthers(ids, tokens, new TokenRun(missing, padding.PadTypeId, IsSpecial: true, IsPadding: true));
        Become(Join(padding.Left ? [pads, this] : [this, pads]));
    }

    /// <summary>Tokens from one place up to another, without ranges and what was cut off.</summary>
    public EncodingDraft Slice(int start, int end)
    {
        var texts = new ShownTexts();
        texts.AddRange(Texts, start, end, 0);
        var slice = new EncodingDraft(Ids[start..end], Offsets[start..end], Words[start..end], texts, 0) { _runs = [] };
        var at = 0;
        foreach (var run in _runs)
        {
            var (from, to) = (Math.Max(at, start), Math.Min(at + run.Count, end));
            if (from < to) slice._runs.Add(run with { Count = to - from });
            at += run.Count;
        }

        return slice;
    }

    /// <summary>The same again.</summary>
    public EncodingDraft Copy()
    {
        var copy = Slice(0, Count);
        copy.Ranges.AddRange(Ranges);
        copy.Overflowing = [.. Overflowing];
        return copy;
    }

    private static EncodingDraft OfOthers(int[] ids, ReadOnlySpan<string> tokens, TokenRun run)
    {
        var texts = new ShownTexts();
        for (var i = 0; i < tokens.Length; i++) texts.Add(i, System.Text.Encoding.UTF8.GetBytes(tokens[i]));
        var words = new int[ids.Length];
        Array.Fill(words, -1);
        return new EncodingDraft(ids, new (int Start, int End)[ids.Length], words, texts, 0) { _runs = ids.Length > 0 ? [run] : [] };
    }

    /// <summary>The tokens of the first parts one after the other, without what was cut off.</summary>
    private static EncodingDraft Join(IReadOnlyList<EncodingDraft> parts, int? most = null)
    {
        var (used, count) = (most ?? parts.Count, 0);
        for (var i = 0; i < used; i++) count = checked(count + parts[i].Count);
        var whole = new EncodingDraft(GC.AllocateUninitializedArray<int>(count), GC.AllocateUninitializedArray<(int Start, int End)>(count), GC.AllocateUninitializedArray<int>(count), new ShownTexts(), 0) { _runs = [] };
        var at = 0;
        for (var i = 0; i < used; i++)
        {
            var part = parts[i];
            part.Ids.CopyTo(whole.Ids, at);
            part.Offsets.CopyTo(whole.Offsets, at);
            part.Words.CopyTo(whole.Words, at);
            whole.Texts.AddRange(part.Texts, 0, part.Count, at);
            whole._runs.AddRange(part._runs);
            foreach (var (sequence, start, end) in part.Ranges)
            {
                whole.Ranges.RemoveAll(r => r.Sequence == sequence); // one range per sequence, the last, as in the original
                whole.Ranges.Add((sequence, start + at, end + at));
            }

            at += part.Count;
        }

        return whole;
    }

    /// <summary>What is cut off of a whole and a part behind it, each with the other and with what was cut off of it.</summary>
    private static List<EncodingDraft> Combine(EncodingDraft whole, List<EncodingDraft> overflowing, EncodingDraft part)
    {
        var combinations = (long)overflowing.Count * (1 + part.Overflowing.Count) + part.Overflowing.Count;
        if (combinations > MostOverflow) throw new ResourceLimitException("windows of overflow", combinations, MostOverflow, "Use a smaller stride or truncate one sequence only.");
        var combined = new List<EncodingDraft>();
        foreach (var own in overflowing)
        {
            combined.Add(Join([own, part]));
            foreach (var others in part.Overflowing) combined.Add(Join([own, others]));
        }

        foreach (var others in part.Overflowing) combined.Add(Join([whole, others]));
        return combined;
    }

    private static List<(int Start, int End)> Windows(int count, int most, int step, bool left)
    {
        var windows = new List<(int Start, int End)>();
        for (var position = 0; position < count; position += step)
        {
            var (start, end) = left ? (Math.Max(0, count - position - most), count - position) : (position, Math.Min(position + most, count));
            windows.Add((start, end));
            if (left ? start == 0 : end == count) break;
        }

        return windows;
    }

    /// <summary>Takes over another draft's tokens and ranges.</summary>
    private void Become(EncodingDraft other)
    {
        (Ids, Offsets, Words, Texts, _runs) = (other.Ids, other.Offsets, other.Words, other.Texts, other._runs);
        Ranges.Clear();
        Ranges.AddRange(other.Ranges);
    }

    private int[] Expand(Func<TokenRun, int> value)
    {
        var (values, at) = (new int[Count], 0);
        foreach (var run in _runs)
        {
            values.AsSpan(at, run.Count).Fill(value(run));
            at += run.Count;
        }

        return values;
    }

    /// <summary>Tokens that have these in common.</summary>
    private readonly record struct TokenRun(int Count, int TypeId, bool IsSpecial, bool IsPadding);
}
