namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>Arranges sequences and special tokens by a template, one for a single sequence and one for a pair.</summary>
internal sealed class TemplatePostProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair) : PostProcessor
{
    /// <summary>The template of a single sequence.</summary>
    public IReadOnlyList<TemplatePiece> Single => single;

    public override int AddedCount(bool pairs) => (pairs ? pair : single).Sum(static p => p.Ids.Length);

    public override List<EncodingDraft> Process(List<EncodingDraft> parts, bool addSpecialTokens, TokenNames names)
    {
        var result = new List<EncodingDraft>();
        foreach (var piece in parts.Count == 1 ? single : pair)
        {
            if (!piece.IsSequence)
            {
                if (addSpecialTokens) result.Add(EncodingDraft.OfSpecials(piece.Ids, piece.Tokens, piece.TypeId));
                continue;
            }

            if (piece.Sequence >= parts.Count) continue;
            var part = parts[piece.Sequence];
            if (result.Contains(part)) part = part.Copy(); // a template may show a sequence twice
            part.SetTypeIds(piece.TypeId);
            part.SetSequence(piece.Sequence);
            result.Add(part);
        }

        return result;
    }

    public override bool TryGetFrame(out int[] before, out int[] behind)
    {
        (before, behind) = ([], []);
        var at = -1;
        for (var i = 0; i < single.Count; i++)
        {
            if (!single[i].IsSequence) continue;
            if (at >= 0 || single[i].Sequence > 0) return false; // a lone text is sequence 0; another leaves it out
            at = i;
        }

        if (at < 0) return false;
        (before, behind) = (Ids(0, at), Ids(at + 1, single.Count));
        return true;
    }

    private int[] Ids(int from, int to)
    {
        var count = 0;
        for (var i = from; i < to; i++) count += single[i].Ids.Length;
        var ids = new int[count];
        count = 0;
        for (var i = from; i < to; count += single[i++].Ids.Length) single[i].Ids.CopyTo(ids, count);
        return ids;
    }
}
