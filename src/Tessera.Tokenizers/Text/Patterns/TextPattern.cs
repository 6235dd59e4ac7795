namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Something that can be found in text: a literal, a known pattern as a scanner, or a regular expression. Stateless and shared.</summary>
internal abstract class TextPattern
{
    /// <summary>Finds the leftmost match that starts at or after a position.</summary>
    /// <param name="text">The whole text; what lies before the position can matter (look-behind, word boundaries).</param>
    /// <param name="from">Where to look from; a character boundary.</param>
    /// <param name="fuel">Steps that may still be made; only regular expressions use any.</param>
    /// <param name="start">Where the match starts.</param>
    /// <param name="end">Where it ends (exclusive).</param>
    public abstract bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end);

    /// <summary>All matches from left to right.</summary>
    /// <param name="length">The length of the text that will be searched.</param>
    public PatternSearch Search(int length) => new(this, length);
}
