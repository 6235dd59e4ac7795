namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Normalizers one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> parts) : Normalizer
{
    /// <summary>The steps.</summary>
    public IReadOnlyList<Normalizer> Parts => parts;

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var (current, target, spare) = (from, to, (TextBuffer?)null);
        for (var i = 0; i < parts.Count; i++) // by index: an enumerator would be allocated
        {
            if (!parts[i].Apply(current, target)) continue;
            // The source stays untouched; after the first change two buffers take turns.
            var free = ReferenceEquals(current, from) ? spare ??= new TextBuffer { MostBytes = to.MostBytes } : current;
            (current, target) = (target, free);
        }

        if (ReferenceEquals(current, from)) return false;
        if (!ReferenceEquals(current, to))
        {
            to.Clear(from.HasRanges);
            to.AppendFrom(current, 0, current.Length);
        }

        return true;
    }
}
