namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>BERT's frame, CLS A SEP B SEP with types 0 and 1; and RoBERTa's, &lt;s&gt;A&lt;/s&gt; &lt;/s&gt;B&lt;/s&gt; with type 0 throughout and trimmed offsets.</summary>
internal sealed class BertPostProcessor((string Token, int Id) first, (string Token, int Id) separator, bool isRoberta = false, bool trimOffsets = false, bool addPrefixSpace = false) : PostProcessor
{
    public override int AddedCount(bool pair) => !pair ? 2 : isRoberta ? 4 : 3;

    public override List<EncodingDraft> Process(List<EncodingDraft> parts, bool addSpecialTokens, TokenNames names)
    {
        if (isRoberta)
        {
            foreach (var part in parts)
            {
                if (trimOffsets) ByteLevelPostProcessor.TrimAll(part, addPrefixSpace, names);
                part.SetTypeIds(0);
            }
        }

        if (!addSpecialTokens) return parts;
        var framed = new List<EncodingDraft>();
        for (var i = 0; i < parts.Count; i++)
        {
            var whole = Frame(parts[i], i);
            foreach (var overflow in parts[i].Overflowing) whole.Overflowing.Add(Frame(overflow, i));
            framed.Add(whole);
        }

        return framed;
    }

    public override bool TryGetFrame(out int[] before, out int[] behind)
    {
        (before, behind) = ([first.Id], [separator.Id]);
        return true;
    }

    private EncodingDraft Frame(EncodingDraft part, int index)
    {
        var typeId = index == 0 || isRoberta ? 0 : 1;
        var text = part.Slice(0, part.Count);
        text.SetOrdinary();
        if (isRoberta) text.SetTypeIds(0);
        text.SetSequence(index == 0 ? 0 : 1);
        var end = Special(separator, typeId);
        return EncodingDraft.Merge(index == 0 ? [Special(first, typeId), text, end] : isRoberta ? [Special(separator, typeId), text, end] : [text, end]);
    }

    private static EncodingDraft Special((string Token, int Id) special, int typeId) => EncodingDraft.OfSpecials([special.Id], [special.Token], typeId);
}
