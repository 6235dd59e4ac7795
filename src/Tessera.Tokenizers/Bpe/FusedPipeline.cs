using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Pre-tokenizer and BPE in one pass over the text as it stands: pieces are found, looked up and written as ids, nothing is copied or mapped,
/// and bounds are made afterwards, from the lengths of the tokens. Exists for the combinations of parts that published tokenizers use
/// (<see cref="FusedPipelines"/>), and gives what the parts give one after the other.
/// </summary>
internal abstract class FusedPipeline(PieceEncoder encoder)
{
    /// <summary>The most pieces that are cut at once.</summary>
    protected const int MostCut = FewestCut + AsciiWindow.Size; // a window may add one for each byte

    /// <summary>The pieces after which no more are cut at once.</summary>
    protected const int FewestCut = 32;

    /// <summary>Whether the blanks of the text stand for U+2581: the pipeline then takes the text before the normalizer, which does nothing else.</summary>
    public bool ReplacesBlanks { get; init; }

    /// <summary>Which stretches get a blank in front.</summary>
    public PrependScheme Prepend { get; init; } = PrependScheme.Never;

    /// <summary>Whether a stretch gets its blank even if it starts with one.</summary>
    public bool PrependsToBlanks { get; init; }

    /// <summary>Whether each blank starts a word of its own; else a stretch is one word. Only where blanks are replaced.</summary>
    public bool WordsAtBlanks { get; init; }

    /// <summary>Turns pieces into ids.</summary>
    protected PieceEncoder Encoder => encoder;

    /// <summary>Whether this text is one for the parts, since it holds what blanks are replaced by.</summary>
    public bool Declines(ReadOnlySpan<byte> text) => ReplacesBlanks && text.IndexOf("▁"u8) >= 0;

    /// <summary>Appends the tokens of a stretch of text between added tokens.</summary>
    /// <param name="text">The text, not empty.</param>
    /// <param name="startsSource">Whether it starts the source text.</param>
    /// <param name="output">Takes the tokens; their bounds count bytes of the text.</param>
    /// <param name="scratch">Working memory of the calling thread.</param>
    /// <param name="word">The word of the first token; moved on behind the last.</param>
    /// <returns>False where bounds are asked for and cannot be told, since bytes were dropped; then nothing was appended.</returns>
    public bool Tokenize(ReadOnlySpan<byte> text, bool startsSource, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        var first = output.Count;
        var prefixed = Prepend == PrependScheme.Always || Prepend == PrependScheme.First && startsSource;
        if (prefixed && !PrependsToBlanks && text[0] == ' ') prefixed = false;
        scratch.Pieces.Dropped = false;
        if (prefixed) EncodeWithBlank(text, output, scratch);
        else Encode(text, output, scratch.Pieces);
        if (!output.IsDetailed) return true;
        if (scratch.Pieces.Dropped)
        {
            output.Truncate(first);
            return false;
        }

        output.RoomForDetails();
        if (ReplacesBlanks) LocateByBlanks(text, prefixed, output, first, ref word);
        else LocateByPieces(text, output, first, ref word);
        return true;
    }

    /// <summary>Appends ids.</summary>
    protected abstract void Encode(ReadOnlySpan<byte> text, TokenBuffer output, PieceScratch scratch);

    /// <summary>The ends of the next pieces of a text, some dozens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the first piece starts, less than the length.</param>
    /// <param name="ends">Takes the ends, up to <see cref="MostCut"/>.</param>
    /// <returns>Their number, at least 1.</returns>
    protected abstract unsafe int Cut(ReadOnlySpan<byte> text, int start, int* ends);

    [SkipLocalsInit]
    private unsafe void EncodeWithBlank(ReadOnlySpan<byte> text, TokenBuffer output, EncodeScratch scratch)
    {
        // What comes before a bound between pieces doesn't matter to it, so that only the first piece has to be written anew.
        var ends = stackalloc int[MostCut];
        Cut(text, 0, ends);
        var end = ends[0];
        var piece = scratch.RoomForPrefixed(end + 1);
        piece[0] = (byte)' ';
        text[..end].CopyTo(piece[1..]);
        Encode(piece[..(end + 1)], output, scratch.Pieces);
        Encode(text[end..], output, scratch.Pieces);
    }

    [SkipLocalsInit]
    private unsafe void LocateByPieces(ReadOnlySpan<byte> text, TokenBuffer output, int first, ref int word)
    {
        var ids = output.Ids;
        var starts = output.Starts;
        var ends = output.Ends;
        var words = output.Words;
        var lengths = encoder.Lengths;
        var cut = stackalloc int[MostCut];
        var (at, piece, next, count) = (0, 0, 0, 0);
        for (var i = first; i < ids.Length; i++)
        {
            if (at == piece)
            {
                if (next == count) (next, count) = (0, Cut(text, at, cut));
                piece = cut[next++];
                word++;
            }

            starts[i] = at;
            ends[i] = at += lengths[ids[i]];
            words[i] = word - 1;
        }
    }

    private void LocateByBlanks(ReadOnlySpan<byte> text, bool prefixed, TokenBuffer output, int first, ref int word)
    {
        var ids = output.Ids;
        var starts = output.Starts;
        var ends = output.Ends;
        var words = output.Words;
        var lengths = encoder.Lengths;
        // The blank in front stands for the first byte of the text, as a normalizer that inserts it says.
        var at = prefixed ? -1 : 0;
        for (var i = first; i < ids.Length; i++)
        {
            if (WordsAtBlanks && i > first && text[at] == ' ') word++;
            starts[i] = Math.Max(at, 0);
            at += lengths[ids[i]];
            ends[i] = Math.Max(at, 1);
            words[i] = word;
        }

        word++;
    }
}
