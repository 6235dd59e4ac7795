namespace Tessera.Tokenizers;

/// <summary>A text holds what the vocabulary cannot express and would leave out without a word; see <see cref="EncodeOptions.Strict"/>.</summary>
public sealed class DroppedTextException : TesseraException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="text">What would be left out.</param>
    /// <param name="index">Where it starts, in UTF-16 units of the text.</param>
    public DroppedTextException(string text, int index)
        : base($"\"{text}\" at {index} is not in the vocabulary, which has no token for unknown text either: it would be left out.") => (Text, Index) = (text, index);

    /// <summary>What would be left out.</summary>
    public string Text { get; }

    /// <summary>Where it starts, in UTF-16 units of the text.</summary>
    public int Index { get; }
}
