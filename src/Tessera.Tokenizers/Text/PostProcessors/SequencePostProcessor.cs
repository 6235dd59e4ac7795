namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>Post-processors one after the other, each on the parts that the one before left.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> parts) : PostProcessor
{
    public override int AddedCount(bool pair) => parts.Sum(p => p.AddedCount(pair));

    public override List<EncodingDraft> Process(List<EncodingDraft> drafts, bool addSpecialTokens, TokenNames names)
    {
        foreach (var part in parts) drafts = part.Process(drafts, addSpecialTokens, names);
        return drafts;
    }

    public override bool TryGetFrame(out int[] before, out int[] behind)
    {
        (before, behind) = ([], []);
        var framed = false;
        foreach (var part in parts)
        {
            if (!part.TryGetFrame(out var first, out var last)) return false;
            if (first.Length + last.Length == 0) continue;
            if (framed) return false; // the second one works on parts, not on the whole
            (before, behind, framed) = (first, last, true);
        }

        return true;
    }
}
