using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers;

/// <summary>Turns one piece of text into tokens of a vocabulary. Shared by threads; what it needs to work with is in the scratch.</summary>
internal abstract class TokenModel
{
    /// <summary>The tokens as the file writes them (a byte-level token in the byte alphabet, a WordPiece with its prefix).</summary>
    public abstract Vocabulary Vocabulary { get; }

    /// <summary>One more than the highest id, known without the tokens.</summary>
    public virtual int VocabularySize => Vocabulary.Size;

    /// <summary>Appends the piece's tokens; their bounds count bytes from the start of the piece.</summary>
    /// <param name="piece">UTF-8, not empty.</param>
    /// <param name="output">Takes the tokens.</param>
    /// <param name="scratch">Working memory of the calling thread.</param>
    public abstract void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch);

    /// <summary>Appends the tokens of several pieces of a text, each a word; their bounds count bytes of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pieces">The pieces, in their order.</param>
    /// <param name="output">Takes the tokens.</param>
    /// <param name="scratch">Working memory of the calling thread.</param>
    /// <param name="word">The word of the first piece; moved on behind the last.</param>
    public virtual void Tokenize(ReadOnlySpan<byte> text, PieceList pieces, TokenBuffer output, EncodeScratch scratch, ref int word)
    {
        for (var i = 0; i < pieces.Count; i++, word++)
        {
            var (start, end) = pieces[i];
            var first = output.Count;
            Tokenize(text[start..end], output, scratch);
            output.Place(first, start, WordMark.None, word);
        }
    }
}
