namespace Tessera.Tokenizers.Text.PostProcessors;

/// <summary>A piece of a template: a sequence (0 or 1), or special tokens where <see cref="Sequence"/> is −1.</summary>
internal sealed record TemplatePiece(int Sequence, int TypeId, int[] Ids, string[] Tokens)
{
    /// <summary>Whether the piece is a sequence rather than special tokens.</summary>
    public bool IsSequence => Sequence >= 0;
}
