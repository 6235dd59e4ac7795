namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>BERT's frame, CLS A SEP B SEP with types 0 and 1; and RoBERTa's, &lt;s&gt;A&lt;/s&gt; &lt;/s&gt;B&lt;/s&gt; with type 0 throughout and trimmed offsets.</summary>
internal sealed class BertPostProcessor((string Token, int Id) first, (string Token, int Id) separator, bool isRoberta = false, bool trimOffsets = false, bool addPrefixSpace = false) : PostProcessor
{
    public override int AddedCount(bool pair) => !pair ? 2 : isRoberta ? 4 : 3;

    public override List<EncodingDraft> Process(List<EncodingDraft> parts, bool addSpecialTokens)
    {
        if (isRoberta)
        {
            foreach (var part in parts)
            {
                if (trimOffsets) ByteLevelPostProcessor.TrimAll(part, addPrefixSpace);
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
        var whole = new EncodingDraft();
        if (index == 0) AddSpecial(whole, first, typeId);
        else if (isRoberta) AddSpecial(whole, separator, typeId);
        var start = whole.Count;
        for (var i = 0; i < part.Count; i++)
            whole.Add(part.Ids[i], isRoberta ? 0 : part.TypeIds[i], part.Tokens[i], part.Offsets[i], part.Words[i], special: 0, attention: 1);
        whole.Ranges.Add((index == 0 ? 0 : 1, start, whole.Count));
        AddSpecial(whole, separator, typeId);
        return whole;
    }

    private static void AddSpecial(EncodingDraft draft, (string Token, int Id) special, int typeId) =>
        draft.Add(special.Id, typeId, special.Token, (0, 0), null, special: 1, attention: 1);
}
