namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>A pre-tokenizer that only cuts: each piece by itself, the text unchanged.</summary>
internal abstract class CuttingPreTokenizer : PreTokenizer
{
    public sealed override void Apply(PreTokenization state)
    {
        var into = state.NextPieces();
        var text = state.Text.Span;
        for (var i = 0; i < state.Pieces.Count; i++)
        {
            var (start, end) = state.Pieces[i];
            Cut(text[start..end], start, into);
        }

        state.CommitPieces();
    }

    /// <summary>Cuts one piece.</summary>
    /// <param name="piece">Its text.</param>
    /// <param name="offset">Where it starts; added to every bound.</param>
    /// <param name="into">Takes the new pieces.</param>
    public abstract void Cut(ReadOnlySpan<byte> piece, int offset, PieceList into);
}
