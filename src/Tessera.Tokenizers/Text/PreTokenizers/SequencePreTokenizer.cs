namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>The steps.</summary>
    public IReadOnlyList<PreTokenizer> Parts { get; } = parts;

    public override void Apply(PreTokenization state)
    {
        foreach (var part in Parts) part.Apply(state);
    }
}
