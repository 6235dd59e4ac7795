namespace Tessera.Generation;

/// <summary>A text was asked to go on with a byte that has no probability: no tokens of the vocabulary spell it there, or the model rules them out.</summary>
public sealed class ImpossibleBytesException : TesseraException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="position">The position of the byte in the text, from 0.</param>
    /// <param name="value">The byte.</param>
    public ImpossibleBytesException(int position, byte value)
        : base($"Byte {position} of the text (0x{value:x2}) has probability 0: no tokens of the model's vocabulary that a text can have spell the text up to it.")
    {
        Position = position;
        Value = value;
    }

    /// <summary>The position of the byte in the text, from 0.</summary>
    public int Position { get; }

    /// <summary>The byte.</summary>
    public byte Value { get; }
}
