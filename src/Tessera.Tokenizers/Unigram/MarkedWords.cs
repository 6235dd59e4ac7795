using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Unigram;

/// <summary>
/// Metaspace's words and a unigram model at once: blanks are not rewritten as U+2581, a word is looked up by what stands behind its mark.
/// Gives what the parts give one after the other.
/// </summary>
internal sealed class MarkedWords
{
    private const int Few = 256; // bytes; so little is not worth a method that is compiled at run time

    private readonly CachedModel _model;
    private readonly PrependScheme _scheme;
    private readonly bool _atWhiteSpace;

    private MarkedWords(CachedModel model, PrependScheme scheme, bool atWhiteSpace) => (_model, _scheme, _atWhiteSpace) = (model, scheme, atWhiteSpace);

    /// <summary>Those of a tokenizer's parts, or null where the parts have to work one after the other.</summary>
    public static MarkedWords? Find(TokenizerParts parts) => (parts.Model, parts.PreTokenizer) switch
    {
        (UnigramModel model, MetaspacePreTokenizer { Splits: true } metaspace) when metaspace.Marker.SequenceEqual("▁"u8) => new(model, metaspace.Scheme, atWhiteSpace: false),
        (UnigramModel model, SequencePreTokenizer { Parts: [WordPreTokenizer first, MetaspacePreTokenizer { Splits: true, Scheme: PrependScheme.Always } metaspace] })
            when ReferenceEquals(first, WordPreTokenizer.WhitespaceSplit) && metaspace.Marker.SequenceEqual("▁"u8) => new(model, metaspace.Scheme, atWhiteSpace: true),
        _ => null,
    };

    /// <summary>Appends the tokens of a stretch of text between added tokens.</summary>
    /// <param name="text">The text as normalised.</param>
    /// <param name="start">Where the stretch starts.</param>
    /// <param name="end">Where it ends; behind its start.</param>
    /// <param name="startsSource">Whether it starts the source text.</param>
    /// <param name="output">Takes the tokens; their bounds count bytes of the text.</param>
    /// <param name="scratch">Working memory of the calling thread.</param>
    /// <param name="word">The word of the first token; moved on behind the last.</param>
    /// <returns>False where the text is one for the parts: it holds the mark itself, or segmentations are drawn by chance; then nothing was appended.</returns>
    public bool TryTokenize(TextBuffer text, int start, int end, bool startsSource, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        var bytes = text.Span;
        if (scratch.SamplingAlpha is not null || bytes[start..end].IndexOf("▁"u8) >= 0) return false;
        var pieces = scratch.PreTokenization.NextPieces();
        if (_atWhiteSpace)
        {
            WordPreTokenizer.WhitespaceSplit.Cut(bytes[start..end], start, pieces);
            _model.Tokenize(bytes, pieces.Bounds, WordMark.PutIn, output, scratch, ref word);
            return true;
        }

        CutAtBlanks(bytes[start..end], start, pieces);
        var bounds = pieces.Bounds;
        if (bytes[start] != ' ')
        {
            var isMarked = _scheme == PrependScheme.Always || _scheme == PrependScheme.First && (text.SourceStart(start) == 0 || start == 0 && startsSource);
            _model.Tokenize(bytes, bounds[..2], isMarked ? WordMark.PutIn : WordMark.None, output, scratch, ref word);
        }

        _model.Tokenize(bytes, bounds[2..], WordMark.ForBlank, output, scratch, ref word);
        return true;
    }

    /// <summary>What stands before the first blank, and behind each; nothing is something, too.</summary>
    private static void CutAtBlanks(ReadOnlySpan<byte> text, int offset, PieceList into)
    {
        var open = 0;
        for (var i = text.Length < Few ? 0 : CutBlocks(text, offset, ref open, into); i < text.Length; i++)
        {
            if (text[i] != ' ') continue;
            into.Reserve(1);
            into.AddIf(true, offset + open, offset + i);
            open = i + 1;
        }

        into.Reserve(1);
        into.AddIf(true, offset + open, offset + text.Length);
    }

    /// <summary>The same for whole blocks; gives where they end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CutBlocks(ReadOnlySpan<byte> text, int offset, ref int firstOpen, PieceList into)
    {
        var (open, i) = (firstOpen, 0);
        for (; i + AsciiWindow.Size <= text.Length; i += AsciiWindow.Size)
        {
            into.Reserve(AsciiWindow.Size);
            for (var blanks = new AsciiWindow(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), i)).Of(' '); blanks != 0; blanks &= blanks - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(blanks);
                into.AddIf(true, offset + open, offset + at);
                open = at + 1;
            }
        }

        firstOpen = open;
        return i;
    }
}
