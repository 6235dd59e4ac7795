namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>The steps.</summary>
    public IReadOnlyList<PreTokenizer> Parts { get; } = parts;

    public override void Apply(PreTokenization state)
    {
        for (var i = 0; i < Parts.Count; i++) Parts[i].Apply(state); // by index: an enumerator would be allocated
    }
}
