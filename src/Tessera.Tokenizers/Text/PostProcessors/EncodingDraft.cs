using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>
/// An encoding while it is put together: parallel lists, the ranges that belong to a sequence, and what truncation cut off. Merging,
/// truncating and padding follow tokenizers (Hugging Face), overflow included.
/// </summary>
internal sealed class EncodingDraft
{
    // What is cut off of two sequences multiplies; a text and stride that make more windows than this are refused.
    private const int MostOverflow = 1 << 16;

    /// <summary>An empty draft.</summary>
    /// <param name="capacity">How many tokens are expected.</param>
    public EncodingDraft(int capacity = 0)
    {
        (Ids, TypeIds, SpecialMask, AttentionMask) = (new(capacity), new(capacity), new(capacity), new(capacity));
        (Tokens, Offsets, Words) = (new(capacity), new(capacity), new(capacity));
    }

    public List<int> Ids { get; }

    public List<int> TypeIds { get; }

    public List<string> Tokens { get; }

    public List<(int Start, int End)> Offsets { get; }

    public List<int?> Words { get; }

    public List<int> SpecialMask { get; }

    public List<int> AttentionMask { get; }

    public List<(int Sequence, int Start, int End)> Ranges { get; } = [];

    public List<EncodingDraft> Overflowing { get; private set; } = [];

    public int Count => Ids.Count;

    /// <summary>A draft of special tokens.</summary>
    public static EncodingDraft OfSpecials(ReadOnlySpan<int> ids, ReadOnlySpan<string> tokens, int typeId)
    {
        var draft = new EncodingDraft();
        for (var i = 0; i < ids.Length; i++) draft.Add(ids[i], typeId, tokens[i], (0, 0), null, special: 1, attention: 1);
        return draft;
    }

    /// <summary>A draft of ordinary tokens, whose ids, texts, offsets and words are still to be written into the lists' spans.</summary>
    public static EncodingDraft OfOrdinary(int count, int typeId)
    {
        var draft = new EncodingDraft(count);
        SetCount(draft.TypeIds).Fill(typeId);
        SetCount(draft.SpecialMask).Clear();
        SetCount(draft.AttentionMask).Fill(1);
        SetCount(draft.Ids);
        SetCount(draft.Tokens);
        SetCount(draft.Offsets);
        SetCount(draft.Words);
        return draft;

        Span<T> SetCount<T>(List<T> list)
        {
            CollectionsMarshal.SetCount(list, count);
            return CollectionsMarshal.AsSpan(list);
        }
    }

    public void Add(int id, int typeId, string token, (int Start, int End) offset, int? word, int special, int attention)
    {
        Ids.Add(id);
        TypeIds.Add(typeId);
        Tokens.Add(token);
        Offsets.Add(offset);
        Words.Add(word);
        SpecialMask.Add(special);
        AttentionMask.Add(attention);
    }

    /// <summary>Gives every token (but not what was cut off) a type.</summary>
    public void SetTypeIds(int typeId) => CollectionsMarshal.AsSpan(TypeIds).Fill(typeId);

    /// <summary>Says that every token belongs to a sequence.</summary>
    public void SetSequence(int sequence)
    {
        Ranges.Clear();
        Ranges.Add((sequence, 0, Count));
    }

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

    /// <summary>Appends another draft; what was cut off of either is combined with the other and with what was cut off of it.</summary>
    public void Merge(EncodingDraft other)
    {
        if (Overflowing.Count > 0 || other.Overflowing.Count > 0)
        {
            var combinations = (long)Overflowing.Count * (1 + other.Overflowing.Count) + other.Overflowing.Count;
            if (combinations > MostOverflow) throw new ResourceLimitException("windows of overflow", combinations, MostOverflow, "Use a smaller stride or truncate one sequence only.");
            var overflowing = new List<EncodingDraft>();
            foreach (var own in Overflowing)
            {
                overflowing.Add(own.Joined(other));
                foreach (var others in other.Overflowing) overflowing.Add(own.Joined(others));
            }

            foreach (var others in other.Overflowing) overflowing.Add(Joined(others));
            Overflowing = overflowing;
        }

        Append(other);
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
            Clear();
            Overflowing = parts;
            return;
        }

        Clear();
        Append(parts[0]);
        Overflowing = parts[1..];
    }

    /// <summary>Fills up to a length.</summary>
    public void Pad(int length, PaddingOptions padding)
    {
        foreach (var overflow in Overflowing) overflow.Pad(length, padding);
        var missing = length - Count;
        if (missing <= 0) return;
        var at = padding.Left ? 0 : Count;
        Ids.InsertRange(at, Enumerable.Repeat(padding.PadId, missing));
        TypeIds.InsertRange(at, Enumerable.Repeat(padding.PadTypeId, missing));
        Tokens.InsertRange(at, Enumerable.Repeat(padding.PadToken, missing));
        Offsets.InsertRange(at, Enumerable.Repeat((0, 0), missing));
        Words.InsertRange(at, Enumerable.Repeat<int?>(null, missing));
        SpecialMask.InsertRange(at, Enumerable.Repeat(1, missing));
        AttentionMask.InsertRange(at, Enumerable.Repeat(0, missing));
        if (padding.Left) Shift(missing);
    }

    /// <summary>The same again.</summary>
    public EncodingDraft Copy()
    {
        var copy = Slice(0, Count);
        copy.Ranges.AddRange(Ranges);
        copy.Overflowing = [.. Overflowing];
        return copy;
    }

    /// <summary>The finished encoding.</summary>
    public TokenEncoding Finish() => new(this);

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

    private EncodingDraft Joined(EncodingDraft other)
    {
        var joined = Slice(0, Count);
        joined.Ranges.AddRange(Ranges);
        joined.Append(other);
        return joined;
    }

    private EncodingDraft Slice(int start, int end)
    {
        var slice = new EncodingDraft(end - start);
        slice.Ids.AddRange(CollectionsMarshal.AsSpan(Ids)[start..end]);
        slice.TypeIds.AddRange(CollectionsMarshal.AsSpan(TypeIds)[start..end]);
        slice.Tokens.AddRange(CollectionsMarshal.AsSpan(Tokens)[start..end]);
        slice.Offsets.AddRange(CollectionsMarshal.AsSpan(Offsets)[start..end]);
        slice.Words.AddRange(CollectionsMarshal.AsSpan(Words)[start..end]);
        slice.SpecialMask.AddRange(CollectionsMarshal.AsSpan(SpecialMask)[start..end]);
        slice.AttentionMask.AddRange(CollectionsMarshal.AsSpan(AttentionMask)[start..end]);
        return slice;
    }

    private void Append(EncodingDraft other)
    {
        var before = Count;
        Ids.AddRange(other.Ids);
        TypeIds.AddRange(other.TypeIds);
        Tokens.AddRange(other.Tokens);
        Offsets.AddRange(other.Offsets);
        Words.AddRange(other.Words);
        SpecialMask.AddRange(other.SpecialMask);
        AttentionMask.AddRange(other.AttentionMask);
        foreach (var (sequence, start, end) in other.Ranges)
        {
            Ranges.RemoveAll(r => r.Sequence == sequence); // one range per sequence, the last, as in the original
            Ranges.Add((sequence, start + before, end + before));
        }
    }

    private void Clear()
    {
        Ids.Clear();
        TypeIds.Clear();
        Tokens.Clear();
        Offsets.Clear();
        Words.Clear();
        SpecialMask.Clear();
        AttentionMask.Clear();
        Ranges.Clear();
    }

    private void Shift(int by)
    {
        for (var i = 0; i < Ranges.Count; i++) Ranges[i] = (Ranges[i].Sequence, Ranges[i].Start + by, Ranges[i].End + by);
    }
}
