using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Text.PreTokenizers;

/// <summary>SentencePiece's: blanks become a marker, one may go in front, and pieces start at markers.</summary>
internal sealed class MetaspacePreTokenizer(byte[] marker, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly SplitPreTokenizer _split = new(new LiteralPattern(marker), SplitBehavior.MergedWithNext, invert: false);

    /// <summary>Whether pieces have to know where in the source they start.</summary>
    public bool NeedsRanges => scheme == PrependScheme.First;

    /// <summary>What stands for a blank.</summary>
    public ReadOnlySpan<byte> Marker => marker;

    /// <summary>Which pieces get a marker in front.</summary>
    public PrependScheme Scheme => scheme;

    /// <summary>Whether pieces start at markers.</summary>
    public bool Splits => split;

    public override void Apply(PreTokenization state)
    {
        var text = state.Text;
        var (to, pieces) = (state.NextText(), state.NextPieces());
        for (var i = 0; i < state.Pieces.Count; i++)
        {
            var (start, end) = state.Pieces[i];
            var piece = text.Span[start..end];
            var at = to.Length;
            var starts = piece[0] == ' ' || piece.StartsWith(marker);
            if (!starts && (scheme == PrependScheme.Always || scheme == PrependScheme.First && (text.SourceStart(start) == 0 || start == 0 && state.StartsSource)))
                to.Append(marker, text.SourceStart(start), text.SourceEnd(start));
            Replace(text, start, end, to);
            pieces.Add(at, to.Length);
        }

        state.CommitText(to);
        state.CommitPieces();
        if (split) _split.Apply(state);
    }

    private void Replace(TextBuffer text, int start, int end, TextBuffer to)
    {
        while (start < end)
        {
            var blank = text.Span[start..end].IndexOf((byte)' ');
            var length = blank < 0 ? end - start : blank;
            to.AppendFrom(text, start, length);
            start += length;
            if (blank < 0) break;
            to.Append(marker, text.SourceStart(start), text.SourceEnd(start));
            start++;
        }
    }
}
