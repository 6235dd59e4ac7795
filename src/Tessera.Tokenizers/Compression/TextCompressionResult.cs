namespace Tessera.Tokenizers.Compression;

/// <summary>What became of a text.</summary>
/// <param name="TextBytes">Bytes of the text.</param>
/// <param name="ContainerBytes">Bytes of the container, all of it.</param>
public readonly record struct TextCompressionResult(long TextBytes, long ContainerBytes)
{
    /// <summary>Bits of the container for each byte of text; 0 for an empty text.</summary>
    public double BitsPerByte => TextBytes == 0 ? 0 : 8.0 * ContainerBytes / TextBytes;
}
